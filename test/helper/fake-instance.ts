import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

/**
 * A chat-service made of bare sockets: what it receives is kept byte for byte, what it answers is up to the
 * test.
 */
export interface FakeInstance {
  url: string
  port: number
  /** Bytes (latin1) received so far, one string a connection, in order of arrival. */
  received: string[]
  /** Connections accepted so far. */
  sockets: Socket[]
  /** Resolves with all bytes of the n-th connection (0 is the first) once `matches` holds for them. */
  seen: (matches: (bytes: string) => boolean, connection?: number) => Promise<string>
  /** Resolves with the n-th connection once it is there. */
  connection: (index?: number) => Promise<Socket>
  /** Stops listening and destroys all connections: further connects are refused. */
  close: () => Promise<void>
}

/** A complete answer with this body; Content-Length and Connection: keep-alive. */
export function answerWith (body: string, headers: readonly string[] = [], status = '200 OK'): string {
  return [`HTTP/1.1 ${status}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers, '', body].join('\r\n')
}

/**
 * Listens on a free port. `onRequest` gets each request head (with all bytes since the last one) and the
 * socket to answer on; by default every request is answered `200 OK` with body `ok`.
 */
export async function fakeInstance (
  t: Test, onRequest: (head: string, socket: Socket) => void = (_head, socket) => { socket.write(answerWith('ok')) }
): Promise<FakeInstance> {
  const received: string[] = []
  const sockets: Socket[] = []
  const waiting = new Set<() => void>()
  const wake = () => { for (const look of [...waiting]) look() }
  const server = createServer({ allowHalfOpen: true }, socket => {
    const index = sockets.push(socket) - 1
    received[index] = ''
    let unread = ''
    socket.on('error', () => {})
    socket.on('data', chunk => {
      const text = chunk.toString('latin1')
      received[index] += text
      unread += text
      if (unread.includes('\r\n\r\n')) {
        const head = unread
        unread = ''
        onRequest(head, socket)
      }
      wake()
    })
    wake()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const until = <T>(read: () => T | undefined) => new Promise<T>(resolve => {
    const look = () => {
      const value = read()
      if (value === undefined) return
      waiting.delete(look)
      resolve(value)
    }
    waiting.add(look)
    look()
  })
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  t.teardown(close)
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    sockets,
    seen: (matches, connection = 0) => until(() => {
      const bytes = received[connection]
      return bytes !== undefined && matches(bytes) ? bytes : undefined
    }),
    connection: (index = 0) => until(() => sockets[index]),
    close
  }
}
