import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

/** Both ends of one TCP connection over 127.0.0.1. */
export interface SocketPair {
  /** The end that listened, half-open as the sockets of an HTTP server are. */
  accepted: Socket
  /** The end that connected. */
  dialled: Socket
}

type Connect = (port: number) => Socket

/** `connectTo` makes the end that connects, to 127.0.0.1. Both are destroyed with the test. */
export async function socketPair (
  t: Test, { allowHalfOpen = false, connectTo }: { allowHalfOpen?: boolean, connectTo?: Connect } = {}
): Promise<SocketPair> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const dialled = connectTo?.(port) ?? connect({ port, host: '127.0.0.1', allowHalfOpen })
  const [[accepted]] = await Promise.all([once(server, 'connection') as Promise<[Socket]>, once(dialled, 'connect')])
  server.close()
  for (const socket of [accepted, dialled]) {
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
  }
  return { accepted, dialled }
}

/** All bytes that come until the other end has ended. */
export async function readToEnd (socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  await once(socket, 'end')
  return Buffer.concat(chunks)
}
