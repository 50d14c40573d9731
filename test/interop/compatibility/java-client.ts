import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Target } from './feature.js'

/** What the program can be asked to do; a WebSocket is opened beside the SockJS endpoint. */
export type JavaTask = 'info' | 'post' | 'websocket'

const INSTALL = 'apt-get install -y openjdk-17-jdk-headless'
const PROGRAM = 'test/interop/compatibility/JavaClient.java'
/** It is compiled each time; one that runs for a second needs no better code and no second thread for it. */
const QUICK = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData']

/** Runs JavaClient.java: returns a line a step, or rejects with the line that names its error. */
export async function runJavaClient (
  { url, socketUrl, login, signal }: Target, task: JavaTask
): Promise<string> {
  const args = [...QUICK, PROGRAM, task, task === 'websocket' ? socketUrl : url, ...login]
  try {
    const { stdout } = await promisify(execFile)('java', args, { signal, killSignal: 'SIGKILL' })
    return stdout.trim()
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException & { stderr?: string })
  }
}

/** Of several causes the last one tells what went wrong. */
function explain (error: NodeJS.ErrnoException & { stderr?: string }): Error {
  if (error.code === 'ENOENT') return new Error(`java is missing. install it: ${INSTALL}`, { cause: error })
  const told = (error.stderr ?? '').split('\n').filter(line => /^(?:Caused by|Exception in thread)\b/.test(line))
  return new Error(told.at(-1) ?? error.message, { cause: error })
}
