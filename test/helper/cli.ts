import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { run } from '../../src/cli/run.js'
import { COVERED } from './gateway-process.js'

/** What a command line came to. */
export interface CliResult { code: number, stdout: string, stderr: string }

/** What a test gives in place of the process; else the environment is empty, and there is no `.env`. */
export interface CliWorld {
  env?: Record<string, string>
  cwd?: string
  stdin?: Iterable<string>
  isTTY?: boolean
  start?: () => Promise<unknown>
}

/** Runs a command line in this process. */
export async function runCli (
  argv: readonly string[],
  { env = {}, cwd = '/nowhere', stdin = [], isTTY = false, start = async () => {} }: CliWorld = {}
): Promise<CliResult> {
  let [stdout, stderr] = ['', '']
  const code = await run(argv, {
    stdout: { isTTY, write: text => { stdout += text } },
    stderr: { write: text => { stderr += text } },
    stdin: (async function * () { for (const chunk of stdin) yield Buffer.from(chunk) })(),
    env,
    cwd,
    version: '1.2.3',
    start
  })
  return { code, stdout, stderr }
}

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url))

/** Starts the real program, which counts for coverage, in a directory of its own. It ends with the test. */
export function spawnCli (t: Test, argv: readonly string[], env: Record<string, string> = {}) {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [CLI, ...argv], {
    cwd: t.testdir({}),
    // What tap hands on so that a process is counted begins with TAP.
    env: { PATH, HOME, ...Object.fromEntries(Object.entries(process.env).filter(([name]) => /TAP/.test(name))), ...COVERED, ...env }
  })
  const ended = once(child, 'close').then(([code]) => code as number)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, ended }
}
