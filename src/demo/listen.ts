import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'

const hasNoIpv6 = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(String(error.code))

/** Resolves when `server` listens on `host`:`port`; rejects with the listen error (`code`, `port`). */
export function listen (server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Ends a listener and every connection HTTP still has a hold of; a server that never listened is fine. */
export function closeServer (server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** Listens on 127.0.0.1 and, where there is one, on ::1: browsers resolve `localhost` to either. `port` 0
 *  takes a free one. Rejects with the listen error (`code` EADDRINUSE, `port`) when it is taken on either. */
export async function listenOnLocalhost (
  port: number, listener: RequestListener, ipv6Loopback = '::1'
): Promise<{ port: number, close (): Promise<void> }> {
  const ipv4 = createServer(listener)
  const ipv6 = createServer(listener)
  const close = async () => { await Promise.all([ipv4, ipv6].map(closeServer)) }
  await listen(ipv4, port, '127.0.0.1')
  const bound = (ipv4.address() as AddressInfo).port
  try {
    await listen(ipv6, bound, ipv6Loopback)
  } catch (error) {
    if (!hasNoIpv6(error)) {
      await close()
      throw error
    }
  }
  return { port: bound, close }
}
