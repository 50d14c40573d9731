import { createHash, randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { createFrameReader, encodeFrame, OPCODE } from '../frames.js'
import { BROWSER_HEADERS } from './browser-headers.js'

/** A WebSocket of the load. It takes text messages only: anything else is a failure. */
export interface Tunnel {
  /** Sends a text message. */
  readonly send: (payload: Uint8Array) => void
  /** Called for each message. The payload is valid during the call only. */
  onMessage: (payload: Buffer) => void
  /** Called once, when it ends or fails without `reset` having been called. */
  onFailure: (error: Error) => void
  /** Ends it at once, with a RST: a FIN would leave a port in TIME_WAIT. Resolves when it is closed. */
  readonly reset: () => Promise<void>
}

/** Where to open one. */
export interface TunnelTarget {
  readonly port: number
  readonly path: string
  /** its first one, for messages that come with the 101; without it such a message is a failure */
  readonly onMessage?: Tunnel['onMessage']
}

const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const MAX_HEAD_BYTES = 16_384
const BROWSER_LINES = Object.entries(BROWSER_HEADERS)
  .filter(([name]) => !/^(Accept|Referer|Sec-Fetch-.*)$/.test(name)) // these a browser leaves out here
  .map(([name, value]) => `${name}: ${value}\r\n`).join('')

/**
 * Opens a WebSocket as a browser does.
 * @throws Error (rejects) when the answer is no 101 for this very request
 */
export async function openTunnel ({ port, path, onMessage }: TunnelTarget): Promise<Tunnel> {
  const key = randomBytes(16).toString('base64')
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const tunnel = tunnelOver(socket)
  if (onMessage !== undefined) tunnel.onMessage = onMessage
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nPragma: no-cache\r\n` +
    `Cache-Control: no-cache\r\nUpgrade: websocket\r\n${BROWSER_LINES}Sec-WebSocket-Version: 13\r\n` +
    `Sec-WebSocket-Key: ${key}\r\n\r\n`)
  await acceptance(socket, tunnel, createHash('sha1').update(key + WEBSOCKET_GUID).digest('base64'))
  return tunnel
}

function tunnelOver (socket: Socket): Tunnel {
  const tunnel: Tunnel = {
    send: payload => { socket.write(encodeFrame(OPCODE.text, payload, randomKey())) },
    onMessage: () => tunnel.onFailure(new Error('a message came that nobody waits for')),
    onFailure: error => { socket.destroy(error) },
    reset: async () => {
      tunnel.onFailure = () => {}
      if (socket.closed) return
      await new Promise<void>(resolve => {
        socket.once('close', () => resolve())
        socket.resetAndDestroy()
      })
    }
  }
  return tunnel
}

/** Waits for the 101, then has the tunnel's frames read from there on. */
async function acceptance (socket: Socket, tunnel: Tunnel, accept: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let head = Buffer.alloc(0)
    let isOpen = false
    const fail = (error: Error) => {
      if (isOpen) return tunnel.onFailure(error)
      socket.destroy()
      reject(error)
    }
    const read = createFrameReader(false, (opcode, payload) => {
      if (opcode !== OPCODE.text) throw new Error(`a frame of opcode ${opcode} came`)
      tunnel.onMessage(payload)
    })
    const take = (chunk: Buffer) => {
      try {
        read(chunk)
      } catch (error) {
        socket.destroy(error as Error)
      }
    }
    socket.on('error', fail).on('end', () => fail(new Error('the tunnel was closed')))
    socket.on('data', chunk => {
      if (isOpen) return take(chunk)
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0 && head.length < MAX_HEAD_BYTES) return
      const text = head.subarray(0, end).toString('latin1')
      if (!isAcceptance(text, accept)) return fail(new Error(`no 101 for this request: ${text.slice(0, 200)}`))
      isOpen = true
      resolve()
      if (head.length > end + 4) take(head.subarray(end + 4))
    })
  })
}

function isAcceptance (head: string, accept: string): boolean {
  return head.startsWith('HTTP/1.1 101 ') && head.toLowerCase().includes('\r\nupgrade: websocket') &&
    head.split('\r\n').some(line => /^sec-websocket-accept:/i.test(line) && line.endsWith(` ${accept}`))
}

/** No attack is thought of here: the key only has to change, and to cost little. */
function randomKey (): Buffer {
  const key = Buffer.allocUnsafe(4)
  key.writeUInt32LE(Math.floor(Math.random() * 0x1_0000_0000))
  return key
}
