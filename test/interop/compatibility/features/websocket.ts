import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { ask, openSocket, type Opened } from '../ask.js'
import { within } from '../../../helper/within.js'
import { SOON_MS, type Area, type Target } from '../feature.js'
import { connectFrame, connectStomp, echo, frameOf, newTopic } from '../stomp.js'
import { openRawSocket } from '../wires.js'

const STOMP = ['v12.stomp', 'v11.stomp', 'v10.stomp']
const NO_PROTOCOL = { 'sockjs-node': /^Server sent no subprotocol/ }

/** What RFC 6455 offers, by plain WebSocket. */
export const websocket: Area = {
  title: 'WebSocket',
  features: [
    ...STOMP.map(name => ({
      name: `sub-protocol \`${name}\``, no: NO_PROTOCOL, run: (target: Target) => choose(target, [name])
    })),
    { name: 'one sub-protocol of several is chosen', no: NO_PROTOCOL, run: target => choose(target, STOMP) },
    { name: 'a client without a sub-protocol gets none', run: target => choose(target, []) },
    { name: '`permessage-deflate`', no: { 'sockjs-node': /^no extension was agreed on/ }, run: deflate },
    { name: 'a message in a binary frame', run: binaryFrame },
    {
      name: 'a body of all 256 bytes comes back in a binary frame',
      note: 'RabbitMQ does with `web_stomp.ws_frame = binary`',
      no: { 'sockjs-node': /^it came as text/, rabbitmq: /^Invalid WebSocket frame: invalid UTF-8 sequence/ },
      run: allBytes
    },
    { name: 'a message in fragments', run: fragments },
    { name: 'a ping between two fragments', run: pingBetween },
    { name: 'pong for a ping', run: ping },
    { name: 'close code of the client is echoed', run: closeByClient },
    { name: 'close code of the server', run: async target => String((await closeByServer(target))[0]) },
    { name: 'close reason of the server', no: { spring: /^there is none/ }, run: closeReason },
    { name: 'a frame without a mask fails the connection', run: withoutMask },
    { name: 'text that is no UTF-8 fails the connection with 1007', run: badUtf8 },
    { name: 'a client that half-closes without a close frame', run: halfClose },
    { name: '404 for an upgrade beside the endpoint', run: missingEndpoint },
    { name: '400 or 426 for WebSocket version 12', run: oldVersion },
    { name: '50 connections at once', heavy: true, run: many }
  ]
}

async function choose (target: Target, protocols: string[]) {
  const { socket } = await openSocket(target, { protocols })
  assert.ok(protocols.length === 0 ? socket.protocol === '' : protocols.includes(socket.protocol))
  return socket.protocol
}

async function answerOf ({ messages }: Opened) {
  assert.match(await within(SOON_MS, 'CONNECTED', messages.next()), /^CONNECTED\n/)
}

async function deflate (target: Target) {
  const opened = await openSocket(target, { perMessageDeflate: { threshold: 0 } })
  assert.ok(opened.socket.extensions !== '', 'no extension was agreed on')
  assert.match(opened.socket.extensions, /permessage-deflate/)
  opened.socket.send(connectFrame(target))
  await answerOf(opened)
}

async function binaryFrame (target: Target) {
  const opened = await openSocket(target)
  opened.socket.send(Buffer.from(connectFrame(target)))
  await answerOf(opened)
}

async function allBytes (target: Target) {
  const opened = await openSocket(target)
  const { socket } = opened
  socket.send(connectFrame(target))
  await answerOf(opened)
  const topic = newTopic()
  const body = Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, i) => i)), randomBytes(1_000)])
  socket.send(frameOf('SUBSCRIBE', ['id:1', `destination:${topic}`]))
  const head = `SEND\ndestination:${topic}\ncontent-type:application/octet-stream\ncontent-length:${body.length}\n\n`
  const [data, isBinary] = await within(SOON_MS, 'MESSAGE', new Promise<[Buffer, boolean]>((resolve, reject) => {
    socket.on('message', (...message) => resolve(message as [Buffer, boolean]))
    socket.on('error', reject) // text that is none
    socket.on('close', code => reject(new Error(`closed with ${code}`)))
    socket.send(Buffer.concat([Buffer.from(head), body, Buffer.from([0])]))
  }))
  assert.ok(isBinary, 'it came as text')
  assert.ok(data.includes(body))
}

async function fragments (target: Target) {
  const opened = await openSocket(target, { perMessageDeflate: false })
  const frame = connectFrame(target)
  opened.socket.send(frame.slice(0, 4), { fin: false })
  opened.socket.send(frame.slice(4, 9), { fin: false })
  opened.socket.send(frame.slice(9), { fin: true })
  await answerOf(opened)
}

async function pingBetween (target: Target) {
  const opened = await openSocket(target, { perMessageDeflate: false })
  const frame = connectFrame(target)
  const pong = once(opened.socket, 'pong')
  opened.socket.send(frame.slice(0, 4), { fin: false })
  opened.socket.ping('between')
  const [data] = await within(SOON_MS, 'the pong', pong)
  assert.equal(String(data), 'between')
  opened.socket.send(frame.slice(4), { fin: true })
  await answerOf(opened)
}

async function ping (target: Target) {
  const { socket } = await openSocket(target)
  const pong = once(socket, 'pong')
  const data = randomBytes(125)
  socket.ping(data)
  assert.deepEqual((await within(SOON_MS, 'the pong', pong))[0], data)
}

async function closeByClient (target: Target) {
  const { socket, closed } = await openSocket(target)
  socket.close(4001, 'enough')
  const [code] = await within(SOON_MS, 'the close', closed)
  assert.equal(code, 4001)
}

/** A first frame that is no STOMP ends the connection, and one after CONNECT does. */
async function closeByServer (target: Target) {
  const stomp = await connectStomp(target)
  await stomp.wire.send('SEND\nno colon\n\n\0')
  const [code, reason] = await within(SOON_MS, 'the close', stomp.wire.ended)
  assert.ok(code >= 1000 && code !== 1005 && code !== 1006)
  return [code, reason] as const
}

async function closeReason (target: Target) {
  const [, reason] = await closeByServer(target)
  assert.ok(reason !== '', 'there is none')
  return reason
}

/** The socket below: what goes out of it is not framed by `ws`. */
function below ({ socket }: Opened): Socket {
  return (socket as unknown as { _socket: Socket })._socket
}

async function withoutMask (target: Target) {
  const opened = await openSocket(target, { perMessageDeflate: false })
  below(opened).write(Buffer.from([0x81, 2, 104, 105]))
  const [code] = await within(SOON_MS, 'the close', opened.closed)
  return String(code)
}

async function badUtf8 (target: Target) {
  const opened = await openSocket(target, { perMessageDeflate: false })
  below(opened).write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]))
  const [code] = await within(SOON_MS, 'the close', opened.closed)
  assert.equal(code, 1007)
}

async function halfClose (target: Target) {
  const opened = await openSocket(target)
  below(opened).end()
  await within(SOON_MS, 'the end', opened.closed)
}

async function missingEndpoint (target: Target) {
  const url = `${target.root.replace('http', 'ws')}/no-such-endpoint`
  await assert.rejects(openSocket(target, { url }), /Unexpected server response: 404/)
}

async function oldVersion (target: Target) {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '12',
    'sec-websocket-key': randomBytes(16).toString('base64')
  }
  const { status } = await ask(target, '', { headers }, target.socketUrl.replace('ws', 'http'))
  assert.ok(status === 400 || status === 426)
}

async function many (target: Target) {
  const wires = await Promise.all(Array.from({ length: 50 }, () => openRawSocket(target)))
  await Promise.all(wires.map((wire, i) => echo(target, wire, `hello ${i}`)))
}
