import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { settingsSchema } from '../../src/config/schema.js'

/** The built server in a process of its own. */
export interface GatewayProcess {
  child: ChildProcess
  stdout: () => string
  stderr: () => string
  /** Every line of the log so far, parsed. */
  logs: () => Array<Record<string, unknown>>
  /** Resolves with standard output once `matches` holds for it; rejects when the process ends before. */
  until: (matches: (stdout: string) => boolean) => Promise<string>
  /** Resolves with the exit code, or the signal that ended it, once its output is complete. */
  ended: Promise<number | string>
}

/**
 * Among the settings, lets the process count for coverage. Its start then takes three times as long, so only
 * one test for each path through src/server.ts asks for it.
 */
export const COVERED = { NODE_OPTIONS: process.env.NODE_OPTIONS ?? '' }

const SERVER = fileURLToPath(new URL('../../src/server.js', import.meta.url))

/**
 * Starts the process with these settings, and with none of the developer's: `.env` is `dotenv`, or missing.
 * Built code starts in a tenth of the time; its source maps give the coverage to `src/`. It ends with the
 * test.
 */
export function startProcess (t: Test, settings: Record<string, string>, dotenv?: string): GatewayProcess {
  const cwd = t.testdir(dotenv === undefined ? {} : { '.env': dotenv })
  const inherited = Object.entries(process.env)
    .filter(([name]) => !Object.hasOwn(settingsSchema.properties, name) && name !== 'NODE_OPTIONS')
  // tap adds its own to NODE_OPTIONS of all that is started; env has the last word, and becomes the process.
  const { NODE_OPTIONS } = settings
  const options = NODE_OPTIONS === undefined ? ['-u', 'NODE_OPTIONS'] : [`NODE_OPTIONS=${NODE_OPTIONS}`]
  const child = spawn('env', [...options, process.execPath, SERVER], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...settings },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let [stdout, stderr, isOver] = ['', '', false]
  const waiting = new Set<() => void>()
  const wake = () => { for (const look of [...waiting]) look() }
  child.stdout.on('data', data => {
    stdout += data
    wake()
  })
  child.stderr.on('data', data => { stderr += data })
  const ended = once(child, 'close').then(([code, signal]) => {
    isOver = true
    wake()
    return (code ?? signal) as number | string
  })
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    logs: () => stdout.split('\n').filter(line => line.startsWith('{')).map(line => JSON.parse(line)),
    until: matches => new Promise((resolve, reject) => {
      const look = () => {
        if (matches(stdout)) resolve(stdout)
        else if (isOver) reject(new Error(`the process ended after:\n${stdout}\n${stderr}`))
        else return
        waiting.delete(look)
      }
      waiting.add(look)
      look()
    }),
    ended
  }
}

/** The URL of a listener, as the log names it, once it listens. */
export async function listenerUrl (gateway: GatewayProcess, listener: 'public' | 'admin'): Promise<string> {
  const find = () => gateway.logs()
    .find(line => String(line.msg).startsWith('listening at ') && (line.listener === 'admin') === (listener === 'admin'))
  await gateway.until(stdout => stdout.endsWith('\n') && find() !== undefined)
  return String(find()?.msg).replace('listening at ', '')
}
