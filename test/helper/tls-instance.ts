import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { Test } from 'tap'
import { CERTIFICATE, PRIVATE_KEY } from './certificate.js'

/** A chat-service made of bare TLS sockets. */
export interface TlsInstance {
  url: string
  /** Resolves with the first connection. */
  accepted: Promise<TLSSocket>
}

/** Listens on a free port. Nobody vouches for its certificate: this process takes any during the test. */
export async function tlsInstance (t: Test): Promise<TlsInstance> {
  const server = createServer({ key: PRIVATE_KEY, cert: CERTIFICATE, allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  const { NODE_TLS_REJECT_UNAUTHORIZED: before } = process.env
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  t.teardown(() => {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
  })
  const accepted = (once(server, 'secureConnection') as Promise<[TLSSocket]>).then(([socket]) => {
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
    return socket
  })
  const { port } = server.address() as AddressInfo
  return { url: `https://127.0.0.1:${port}`, accepted }
}
