import { once } from 'node:events'
import WebSocket from 'ws'

/** For NODE_OPTIONS of a process that is to be asked; it costs nothing until somebody is connected. */
export const INSPECTED = '--inspect=127.0.0.1:0'

const LISTENING = /Debugger listening on (ws:\/\/127\.0\.0\.1:\d+\/\S+)/

const MIB = 1_048_576

/** Where a process that was started with INSPECTED is asked; it says so first of all. */
export function inspectorUrl (output: string): string {
  const url = LISTENING.exec(output)?.[1]
  if (url === undefined) throw new Error(`the process is not inspected:\n${output}`)
  return url
}

/**
 * What is reachable in a Node process, in MiB: its heap after a full garbage collection. RSS says less: it
 * goes up and down with collections that come when they come.
 */
export async function reachableMiB (url: string): Promise<number> {
  const socket = new WebSocket(url)
  try {
    await once(socket, 'open')
    await call(socket, 'HeapProfiler.collectGarbage')
    const { usedSize } = await call<{ usedSize: number }>(socket, 'Runtime.getHeapUsage')
    return usedSize / MIB
  } finally {
    socket.close()
  }
}

/** One at a time: the answer is the next message. */
async function call<T> (socket: WebSocket, method: string): Promise<T> {
  socket.send(JSON.stringify({ id: 1, method }))
  const [data] = await once(socket, 'message') as [Buffer]
  const { result, error } = JSON.parse(data.toString()) as { result: T, error?: { message: string } }
  if (error !== undefined) throw new Error(`${method}: ${error.message}`)
  return result
}
