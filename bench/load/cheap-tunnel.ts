import { connect, type Socket } from 'node:net'
import { encodeFrame, OPCODE } from '../frames.js'
import { browserHead } from './browser-head.js'

/** Where a tunnel goes, and who gets what comes out of it. */
export interface TunnelOptions {
  readonly port: number
  readonly path: string
  /** Bytes after the 101. They are in memory that the next chunk overwrites. */
  readonly onBytes: (bytes: Buffer) => void
  /** It is over: the server closed, or the connection broke. */
  readonly onClose: () => void
}

/** Time for one handshake: the slowest peer under the largest burst takes a fraction of it. */
const HANDSHAKE_MS = 30_000

/** One for all tunnels of this process: each chunk is used up before the next is read. */
const shared = Buffer.allocUnsafe(65_536)

/** RFC 6455 §5.3; any key will do where nobody can guess at caches. */
export const MASKING_KEY = Buffer.from([0x37, 0xfa, 0x21, 0x3d])

/** With 1000, "normal closure" (RFC 6455 §7.4.1). */
const CLOSE_FRAME = encodeFrame(OPCODE.close, Buffer.from([0x03, 0xe8]), MASKING_KEY)

/**
 * Opens a tunnel by a real handshake. Resolves once the server answered 101; rejects when it answered
 * anything else, closed, or was silent for too long.
 */
export function openTunnel ({ port, path, onBytes, onClose }: TunnelOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let head: string | undefined = ''
    const receive = (size: number) => {
      const bytes = shared.subarray(0, size)
      if (head === undefined) return onBytes(bytes)
      head += bytes.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end === -1) return
      const rest = head.length - end - 4
      if (!head.startsWith('HTTP/1.1 101 ')) return fail(new Error(`no tunnel: ${head.slice(0, 200)}`))
      head = undefined
      clearTimeout(timer)
      resolve(socket)
      if (rest > 0) onBytes(bytes.subarray(size - rest))
    }
    const onread = { buffer: shared, callback: (size: number) => { receive(size); return true } }
    const socket = connect({ host: '127.0.0.1', port, noDelay: true, onread }, () => {
      socket.write(browserHead({ path, port, upgrade: true }), 'latin1')
    })
    const fail = (error: Error) => {
      clearTimeout(timer)
      reject(error)
      socket.destroy()
    }
    const timer = setTimeout(() => fail(new Error('no answer to a handshake')), HANDSHAKE_MS)
    socket.once('error', fail)
    socket.on('error', () => {}) // once open, its close tells all
    socket.once('close', () => {
      if (head !== undefined) fail(new Error('closed during the handshake'))
      else onClose()
    })
  })
}

/** Says goodbye; the server answers and closes. */
export function closeTunnel (socket: Socket): void {
  socket.write(CLOSE_FRAME)
}
