import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { Socket, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { answer } from '../channel.js'
import { createFrameReader, encodeFrame, OPCODE } from '../frames.js'
import { INFO_BODY } from './info-body.js'

// The program behind the proxies: `GET …/info`; WebSockets that echo, which greet with SockJS' open frame
// unless they are raw ones (/ws-stomp/websocket); and one at /broadcast whose every message goes to all the
// others. Asked `{ atMost: n, withinMs }`, it answers how many are open, once no more than n are, or that
// time is over.

const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const GREETING = encodeFrame(OPCODE.text, Buffer.from('o')) // SockJS' open frame
const IDLE_MS = 600_000 // a proxy, not this end, decides when an idle connection is over

const open = new Set<Duplex>()
const waiting = new Set<() => void>()
const broadcast = (payload: Buffer) => {
  const frame = encodeFrame(OPCODE.text, payload)
  for (const socket of open) socket.write(frame)
}

const server = createServer({ keepAliveTimeout: IDLE_MS }, (request, response) => {
  const found = request.url?.endsWith('/info') ?? false
  response.writeHead(found ? 200 : 404, {
    'Content-Type': 'application/json; charset=UTF-8',
    'Cache-Control': 'no-store, no-cache, no-transform, must-revalidate, max-age=0',
    'Content-Length': Buffer.byteLength(INFO_BODY)
  })
  response.end(INFO_BODY)
})
server.on('upgrade', accept)
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  process.stdout.write(`listening on ${(server.address() as AddressInfo).port}\n`)
})

answer(async ({ atMost, withinMs }: { atMost: number, withinMs: number }) => {
  await new Promise<void>(resolve => {
    const settle = () => {
      clearTimeout(late)
      waiting.delete(look)
      resolve()
    }
    const look = () => { if (open.size <= atMost) settle() }
    const late = setTimeout(settle, withinMs)
    waiting.add(look)
    look()
  })
  return open.size
})

function accept (request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const isControl = request.url === '/broadcast'
  // A FIN would leave a port in TIME_WAIT for a minute, and there are fewer ports than handshakes.
  const reset = () => { if (socket instanceof Socket) socket.resetAndDestroy() }
  const read = createFrameReader(true, (opcode, payload) => {
    if (opcode === OPCODE.close) reset()
    else if (opcode !== OPCODE.text) socket.destroy(new Error(`opcode ${opcode}`))
    else if (isControl) broadcast(payload)
    else socket.write(encodeFrame(OPCODE.text, payload))
  })
  const take = (chunk: Buffer) => {
    try {
      read(chunk)
    } catch (error) {
      socket.destroy(error as Error)
    }
  }
  socket.on('data', take).on('end', reset).on('error', () => {})
  socket.on('close', () => {
    open.delete(socket)
    for (const look of [...waiting]) look()
  })
  if (!isControl) open.add(socket)
  const key = String(request.headers['sec-websocket-key'])
  const accepted = createHash('sha1').update(key + WEBSOCKET_GUID).digest('base64')
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${accepted}\r\n\r\n`)
  if (!isControl && !request.url?.endsWith('/ws-stomp/websocket')) socket.write(GREETING)
  if (head.length > 0) take(head)
}
