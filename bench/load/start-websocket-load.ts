import { fileURLToPath } from 'node:url'
import { startProcess } from '../process.js'
import type { Work } from './work.js'

/** Starts the WebSocket load, and gives what has it do some work; that rejects when anything is not exact. */
export async function startWebSocketLoad (core: number | undefined): Promise<(work: Work) => Promise<void>> {
  const load = await startProcess({
    name: 'WebSocket load',
    command: process.execPath,
    args: [fileURLToPath(new URL('./websocket-load.js', import.meta.url))],
    core,
    ready: /^ready$/m,
    answers: true
  })
  return async work => { await load.ask(work) }
}
