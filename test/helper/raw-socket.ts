import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A client made of a bare socket: it sends exactly what it is told and keeps what comes back. */
export interface RawSocket {
  socket: Socket
  /** Bytes (latin1) that came back so far. */
  received: () => string
  write: (bytes: string) => void
  /**
   * Resolves with all bytes so far once `matches` holds for them; rejects when the connection closes before.
   */
  until: (matches: (bytes: string) => boolean) => Promise<string>
  /** Resolves with all bytes once the connection is closed. */
  closed: () => Promise<string>
}

/** Connects to 127.0.0.1 and sends `bytes` (latin1), if there are any. */
export async function rawSocket (t: Test, port: number, bytes = ''): Promise<RawSocket> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  let received = ''
  let isClosed = false
  const waiting = new Set<() => void>()
  const wake = () => { for (const look of [...waiting]) look() }
  socket.on('error', () => {})
  socket.on('data', chunk => {
    received += chunk.toString('latin1')
    wake()
  })
  socket.once('end', () => socket.end())
  socket.once('close', () => {
    isClosed = true
    wake()
  })
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  const write = (text: string) => { socket.write(text, 'latin1') }
  if (bytes !== '') write(bytes)
  const wait = (isDone: () => boolean) => new Promise<string>((resolve, reject) => {
    const look = () => {
      if (isDone()) resolve(received)
      else if (isClosed) reject(new Error(`closed after: ${received}`))
      else return
      waiting.delete(look)
    }
    waiting.add(look)
    look()
  })
  return {
    socket,
    received: () => received,
    write,
    until: matches => wait(() => matches(received)),
    closed: () => wait(() => isClosed)
  }
}

/** One request head: request line, Host, these lines, the empty line. */
export function requestHead (line: string, headers: readonly string[] = []): string {
  return [`${line} HTTP/1.1`, 'Host: gateway.test', ...headers, '', ''].join('\r\n')
}

/** A correct WebSocket handshake (RFC 6455 §1.2) for this path. */
export function upgradeHead (path: string, headers: readonly string[] = []): string {
  return requestHead(`GET ${path}`, [
    'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', ...headers
  ])
}

/** The 101 that answers `upgradeHead`. */
export const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'
