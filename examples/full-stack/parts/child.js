import { spawn } from 'node:child_process'
import { guard } from './guard.js'

/** Characters of a child's output that are kept. */
const KEPT_CHARS = 1_000_000
/** Lines of it that an error shows. */
const SHOWN_LINES = 30
/** ms that the rest of its output may take once it has ended: what left its group may keep the pipes open. */
const PIPES_TIMEOUT_MS = 1_000

/**
 * A program under way, in a process group of its own: Ctrl-C reaches the one who started it alone, who then
 * stops all in order.
 * @typedef {object} Child
 * @property {string} name what messages call it
 * @property {import('node:child_process').ChildProcess} process
 * @property {RegExpExecArray} match what `ready` found
 * @property {() => string} output the end of what it wrote, standard output and standard error
 * @property {Promise<number | string>} ended exit code, or the signal that ended it; never rejects
 * @property {() => Promise<void>} kill SIGKILL for it and its own children, save those that went into a
 *   session of their own; resolves when it has gone
 * @property {(graceMs?: number) => Promise<void>} stop SIGTERM; after `graceMs` (5 s) the same as `kill`
 */

/**
 * A program to start.
 * @typedef {object} Program
 * @property {string} name what messages call it
 * @property {string} command
 * @property {readonly string[]} [args]
 * @property {string} [cwd]
 * @property {Record<string, string | undefined>} [env] the whole environment; else that of this process
 * @property {string} install the line that installs a missing command
 * @property {number} [timeoutMs] how long to wait
 * @property {AbortSignal} [signal] ends the wait, and the child
 */

/**
 * Starts a program and waits until `ready` matches its output. Rejects when the command is missing, when it
 * ends before that, after `timeoutMs` (60 s) and on `signal`; then it is no more.
 * @param {Program & { ready: RegExp }} program
 * @returns {Promise<Child>}
 */
export async function startChild ({ ready, timeoutMs = 60_000, signal, ...program }) {
  const { missing, ...child } = launch(program)
  const { promise: matched, resolve } = withResolvers()
  const look = () => {
    const match = ready.exec(child.output())
    if (match !== null) resolve(match)
  }
  child.process.stdout.on('data', look)
  child.process.stderr.on('data', look)
  const early = child.ended.then(end => { throw failure(child, `ended with ${end} before it was ready`) })
  try {
    const match = await within(child, [matched, missing, early], { what: `write ${ready}`, timeoutMs, signal })
    return { ...child, match }
  } catch (error) {
    await child.kill()
    throw error
  } finally {
    child.process.stdout.off('data', look)
    child.process.stderr.off('data', look)
  }
}

/**
 * Runs a program to its end and returns what it wrote. Rejects when the command is missing, when it ends with
 * anything but 0, after `timeoutMs` (15 min) and on `signal`; then the program is no more.
 * @param {Program} program
 * @returns {Promise<string>}
 */
export async function runChild ({ timeoutMs = 900_000, signal, ...program }) {
  const { missing, ...child } = launch(program)
  const done = child.ended.then(end => {
    if (end !== 0) throw failure(child, `failed (${end})`)
    return child.output()
  })
  try {
    return await within(child, [missing, done], { what: 'run to its end', timeoutMs, signal })
  } catch (error) {
    await child.kill()
    throw error
  }
}

/**
 * The same child, which takes along what it had: `remove` is called once it has ended, however it did, and is
 * waited for by `kill` and `stop`.
 * @param {Child} child
 * @param {() => Promise<void>} remove
 * @returns {Child}
 */
export function withCleanUp (child, remove) {
  const removed = child.ended.then(remove)
  removed.catch(() => {}) // told to whoever ends it
  const andRemove = end => async (...args) => {
    await end(...args)
    await removed
  }
  return { ...child, kill: andRemove(child.kill), stop: andRemove(child.stop) }
}

function launch ({ name, command, args = [], cwd, env = process.env, install }) {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let written = ''
  const keep = text => { written = (written + text).slice(-KEPT_CHARS) }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  const callOff = child.pid === undefined ? () => {} : guard('kill -KILL "-$1"', String(child.pid))
  let hasEnded = false
  const killGroup = () => { if (!hasEnded) signalGroup(child, 'SIGKILL') } // later its number may be another's
  child.on('exit', () => {
    killGroup() // what it leaves behind, such as nginx's workers
    hasEnded = true
    callOff()
  })
  const ended = endOf(child)
  const missing = new Promise((resolve, reject) => {
    child.on('error', error => {
      reject(error.code === 'ENOENT' ? new Error(`${command} is missing. install it: ${install}`) : error)
    })
  })
  missing.catch(() => {})
  const kill = async () => {
    killGroup()
    await ended
  }
  const stop = async (graceMs = 5_000) => {
    child.kill('SIGTERM')
    const timer = setTimeout(killGroup, graceMs)
    await ended
    clearTimeout(timer)
  }
  return { name, process: child, output: () => written, ended, missing, kill, stop }
}

/** Resolves when it has ended and its output is read, or will not be. */
function endOf (child) {
  return new Promise(resolve => {
    let timer
    child.on('exit', () => {
      timer = setTimeout(() => {
        child.stdout.destroy()
        child.stderr.destroy()
      }, PIPES_TIMEOUT_MS)
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve(code ?? signal)
    })
  })
}

/** The first of these that settles, or an error when time is up or `signal` says so. */
async function within (child, outcomes, { what, timeoutMs, signal }) {
  const { promise, reject } = withResolvers()
  const timer = setTimeout(() => reject(failure(child, `did not ${what} within ${timeoutMs} ms`)), timeoutMs)
  const onAbort = () => reject(signal.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted) onAbort()
  try {
    return await Promise.race([...outcomes, promise])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

function failure (child, what) {
  const lines = child.output().trimEnd().split('\n').slice(-SHOWN_LINES).join('\n')
  return new Error(`${child.name} ${what}. ${lines === '' ? 'It wrote nothing.' : `Its last output:\n${lines}`}`)
}

function signalGroup ({ pid }, signal) {
  if (pid === undefined) return // it never was
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error // gone already
  }
}

/** Node 20 has no Promise.withResolvers. */
function withResolvers () {
  let [resolve, reject] = []
  const promise = new Promise((...settle) => { [resolve, reject] = settle })
  return { promise, resolve, reject }
}
