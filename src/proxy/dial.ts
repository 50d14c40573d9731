import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Upstream } from '../config/upstreams.js'
import { READ_BUFFER } from './read-buffer.js'

/** Called once, with the connected socket or with why there is none. */
export type Dialled = (error: Error | null, socket: Socket | null) => void

/**
 * Takes what came in: the first `size` bytes. They stand in a buffer that all connections share, so what is
 * still needed after the call must be copied by then.
 */
export interface Reader { accept (size: number, bytes: Buffer): void }

/** Who reads a connection at the time. */
export interface Inlet { reader: Reader }

/** Idle connections to a peer that vanished without a FIN are noticed by TCP keep-alive after this long. */
const KEEP_ALIVE_AFTER_MS = 60_000

/**
 * Connects to an instance, with TLS when its URL says https. The one place that does: requests, upgrades and
 * probes share its time-out and its errors. The socket always has an `error` listener, so it can be handed
 * on safely.
 * @param timeoutMs for name lookup, TCP and TLS together; then `done` gets an error with code ETIMEDOUT
 * @param inlet what comes in goes to its reader; left out, the socket emits it as `data`
 * @returns the socket under way; destroying it ends the attempt, `done` is then called with an error
 */
export function dial (upstream: Upstream, timeoutMs: number, done: Dialled, inlet?: Inlet): Socket {
  const secure = upstream.protocol === 'https:'
  const socket = secure ? openTls(upstream, inlet) : openTcp(upstream, inlet)
  const timer = setTimeout(() => {
    socket.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' }))
  }, timeoutMs)
  let cause: Error | undefined
  const settle = (error: Error | null) => {
    clearTimeout(timer)
    // Whoever holds the socket for hours must not hold all this with it.
    socket.off(connected, onConnected).off('error', note).off('close', onClosed).on('error', ignore)
    done(error, error === null ? socket : null)
  }
  const connected = secure ? 'secureConnect' : 'connect'
  const onConnected = () => settle(null)
  const note = (error: Error) => { cause = error }
  const onClosed = () => settle(cause ?? new Error('connect was given up'))
  return socket.on(connected, onConnected).on('error', note).on('close', onClosed)
}

const TCP_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS }

function openTcp ({ hostname: host, port }: Upstream, inlet: Inlet | undefined): Socket {
  if (inlet === undefined) return connectTcp({ ...TCP_OPTIONS, host, port })
  const callback = (size: number, bytes: Uint8Array) => {
    inlet.reader.accept(size, bytes as Buffer) // it is READ_BUFFER
    return true
  }
  return connectTcp({ ...TCP_OPTIONS, host, port, onread: { buffer: READ_BUFFER, callback } })
}

/** TLS reads into buffers of its own. */
function openTls ({ hostname: host, port }: Upstream, inlet: Inlet | undefined): Socket {
  const socket = connectTls({ host, port, ALPNProtocols: ['http/1.1'], ...(isIP(host) === 0 && { servername: host }) })
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_AFTER_MS)
  if (inlet !== undefined) socket.on('data', (chunk: Buffer) => inlet.reader.accept(chunk.length, chunk))
  return socket
}

function ignore (): void {}
