import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { ask } from './channel.js'
import { takesConnections } from './port.js'
import { cpuUsOf, isRunning, memoryKiBOf, openFilesOf, processTree } from './process-tree.js'
import { pathOf, searchPath } from './program-path.js'

/** How a process is started. */
export interface ProcessOptions {
  /** what messages call it */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** beside PATH and HOME: nothing else of ours is handed on */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** the one core it may run on; undefined: any */
  readonly core?: number | undefined
  /**
   * what its output holds once it is ready, with its port as group 1 if it has one; or the port that will
   * listen
   */
  readonly ready: RegExp | { readonly port: number }
  readonly timeoutMs?: number
  /** a program of ours that answers questions (see channel.ts) */
  readonly answers?: boolean
}

/** A process that is ready. Figures are of it and of all that it started; they throw when it has ended. */
export interface Running {
  readonly name: string
  readonly pid: number
  /** 0 when it told none */
  readonly port: number
  /** CPU time so far, in microseconds */
  cpuUs: () => number
  /** RSS */
  memoryKiB: () => number
  openFiles: () => number
  /** the end of what it printed */
  output: () => string
  /** Asks a program that `answers`. Rejects when it fails, ends first, or takes longer than a minute. */
  ask: <T>(question: object, timeoutMs?: number) => Promise<T>
  /** Resolves once it is gone; more than once does no harm. */
  stop: () => Promise<void>
}

const OUTPUT_TAIL_CHARS = 16_384
const STOP_MS = 5_000
const LOOK_EVERY_MS = 20

/** What is running, for whoever has to end all of it. */
const running = new Set<ChildProcess>()
let mayStart = true

/**
 * Starts a process and waits until it is ready.
 * @throws Error when the program is missing (with the line that installs it), ends before it is ready, or
 * takes longer than `timeoutMs` (30 s); then nothing of it is left running
 */
export async function startProcess (options: ProcessOptions): Promise<Running> {
  const child = spawnPinned(options)
  const output = collectOutput(child)
  running.add(child)
  child.on('error', () => { if (child.pid === undefined) running.delete(child) }) // else: its sender notices
  await once(child, 'spawn')
  child.once('exit', () => running.delete(child))
  try {
    const port = await untilReady(child, output, options)
    return handleOf(child, options.name, port, output)
  } catch (error) {
    await stop(child)
    throw new Error(`${options.name}: ${(error as Error).message}\n${output()}`, { cause: error })
  }
}

/**
 * What a program printed on standard output, once it has ended well; without core: on any.
 * @throws Error when it ends badly, or takes longer than `timeoutMs` (2 min)
 */
export async function runToEnd (
  options: Omit<ProcessOptions, 'ready' | 'answers'>
): Promise<string> {
  const { name, timeoutMs = 120_000 } = options
  const child = spawnPinned(options)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (data: Buffer) => { stdout += data.toString() })
  child.stderr?.on('data', (data: Buffer) => { stderr = (stderr + data.toString()).slice(-OUTPUT_TAIL_CHARS) })
  running.add(child)
  const late = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  try {
    await once(child, 'close')
  } finally {
    clearTimeout(late)
    running.delete(child)
  }
  if (child.exitCode === 0) return stdout
  throw new Error(`${name} ended (${child.exitCode ?? child.signalCode}) before its work was done:\n${stderr}`)
}

/** The run is over: what is under way must not start its next process while `stopAll` ends the others. */
export function startNoMore (): void {
  mayStart = false
}

/** Ends all that startProcess started and that still runs. */
export async function stopAll (): Promise<void> {
  await Promise.all([...running].map(stop))
}

function spawnPinned (options: Omit<ProcessOptions, 'ready'>): ChildProcess {
  const { command, args, core, cwd, env, answers = false } = options
  if (!mayStart) throw new Error('the run is over')
  const program = pathOf(command)
  const pinned = core === undefined ? [program] : [pathOf('taskset'), '-c', String(core), program]
  const [first = program, ...rest] = pinned // taskset becomes the program: its pid is the program's
  return spawn(first, [...rest, ...args], {
    cwd,
    env: { PATH: searchPath(), HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(answers ? ['ipc' as const] : [])]
  })
}

function collectOutput (child: ChildProcess): () => string {
  let tail = ''
  const keep = (data: Buffer) => { tail = (tail + data.toString()).slice(-OUTPUT_TAIL_CHARS) }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => tail
}

async function untilReady (
  child: ChildProcess, output: () => string, options: ProcessOptions
): Promise<number> {
  const { ready, timeoutMs = 30_000 } = options
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    if (hasEnded(child)) throw new Error(`it ended (${child.exitCode ?? child.signalCode}) before it was ready`)
    if (ready instanceof RegExp) {
      const match = ready.exec(output())
      if (match !== null) return Number(match[1] ?? 0)
    } else if (await takesConnections(ready.port)) return ready.port
    await pause(LOOK_EVERY_MS)
  }
  throw new Error(`it was not ready within ${timeoutMs} ms`)
}

function handleOf (child: ChildProcess, name: string, port: number, output: () => string): Running {
  const pid = child.pid as number // it was spawned
  const sum = (figure: (pid: number) => number) => () => {
    if (hasEnded(child)) throw new Error(`${name} ended (${child.exitCode ?? child.signalCode}):\n${output()}`)
    return processTree(pid).reduce((total, each) => total + figure(each), 0)
  }
  return {
    name,
    pid,
    port,
    cpuUs: sum(cpuUsOf),
    memoryKiB: sum(memoryKiBOf),
    openFiles: sum(openFilesOf),
    output,
    ask: async (question, timeoutMs) => await ask(child, name, question, timeoutMs),
    stop: async () => await stop(child)
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

async function stop (child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  const tree = processTree(child.pid as number)
  child.kill('SIGTERM')
  const late = setTimeout(() => { for (const pid of tree) killHard(pid) }, STOP_MS)
  await ended
  clearTimeout(late)
  for (const pid of tree.slice(1)) await outlived(pid)
}

/** Ends one that outlives who started it; resolves once it is gone. */
async function outlived (pid: number): Promise<void> {
  killHard(pid)
  while (isRunning(pid)) await pause(LOOK_EVERY_MS)
}

function killHard (pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch { /* it is gone already */ }
}
