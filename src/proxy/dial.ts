import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Upstream } from '../config/upstreams.js'

/** Called once, with the connected socket or with why there is none. */
export type Dialled = (error: Error | null, socket: Socket | null) => void

/** Takes what a connection reads: a view of memory that is read into again after the call. */
export type TakeBytes = (bytes: Buffer) => void

/** Idle connections to a peer that vanished without a FIN are noticed by TCP keep-alive after this long. */
const KEEP_ALIVE_AFTER_MS = 60_000

/** One for all connections: what is read is passed on, or copied, before the next read. */
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536)

/**
 * Connects to an instance, with TLS when its URL says https. The one place that does: requests, upgrades and
 * probes share its time-out and its errors. The socket always has an `error` listener, so it can be handed
 * on safely.
 * @param timeoutMs for name lookup, TCP and TLS together; then `done` gets an error with code ETIMEDOUT
 * @param take gets what is read, without an allocation for each read; then there are no 'data' events
 * @returns the socket under way; destroying it ends the attempt, `done` is then called with an error
 */
export function dial (upstream: Upstream, timeoutMs: number, done: Dialled, take?: TakeBytes): Socket {
  const secure = upstream.protocol === 'https:'
  const socket = secure ? dialTls(upstream, take) : dialTcp(upstream, take)
  const timer = setTimeout(() => {
    socket.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' }))
  }, timeoutMs)
  let cause: Error | undefined
  let settled = false
  const settle = (error: Error | null) => {
    if (settled) return
    settled = true
    clearTimeout(timer)
    done(error, error === null ? socket : null)
  }
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_AFTER_MS)
  socket.once(secure ? 'secureConnect' : 'connect', () => settle(null))
  socket.on('error', error => { cause = error })
  socket.once('close', () => settle(cause ?? new Error('connect was given up')))
  return socket
}

function dialTcp ({ hostname, port }: Upstream, take: TakeBytes | undefined): Socket {
  if (take === undefined) return connectTcp({ host: hostname, port })
  const callback = (size: number) => {
    take(READ_BUFFER.subarray(0, size))
    return true
  }
  return connectTcp({ host: hostname, port, onread: { buffer: READ_BUFFER, callback } })
}

/** Node reads into memory of its own there. */
function dialTls ({ hostname, port }: Upstream, take: TakeBytes | undefined): Socket {
  const socket = connectTls({
    host: hostname, port, ALPNProtocols: ['http/1.1'], ...(isIP(hostname) === 0 && { servername: hostname })
  })
  if (take !== undefined) socket.on('data', take)
  return socket
}
