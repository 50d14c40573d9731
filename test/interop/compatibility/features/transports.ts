import assert from 'node:assert/strict'
import { ask, newSession, tell } from '../ask.js'
import type { Area, Target } from '../feature.js'
import { connectFrame, connectStomp, echo, frameOf, newTopic, stompOver } from '../stomp.js'
import { openRawSocket, openSession, openSockjsSocket, type Receiver, type Wire } from '../wires.js'

const UNICODE = 'ascii ÿ ✓ 안녕하세요 🚀 \u2028\u2029 "quoted" \\back\\slash </script> &amp;'
const LARGE = '안녕 hello '.repeat(8_192) // 128 KiB of UTF-8

const SIZE = 'Spring takes frames of 64 KiB (`setMessageSizeLimit`), and WebSocket messages of 16 KiB: `@stomp/stompjs` has `splitLargeFrames`; the STOMP of `src/demo/` takes frames of 64 KiB'
const TOO_LONG = {
  'sockjs-node': /^ERROR a frame is longer than 65536 bytes/,
  spring: /^(?:ERROR The configured STOMP buffer size limit of 65536 bytes|closed with 1009)/
}
const PERCENT = 'Spring sends `%` as it is, and sockjs-client takes that for an escape'
const CLOSED_BY_DEFAULT = 'any page on the web can use it, so the gateway answers 404 until `SOCKJS_TRANSPORTS` names it'
const NO_JSONP = { spring: /^jsonp was answered 404$/ }
const DISABLED = { status: 404, code: 'ERR_TRANSPORT_DISABLED' }

/** What carries messages: each row sends STOMP over it and gets it back. */
export const transports: Area = {
  title: 'Transports',
  features: [
    { name: '`websocket`', needs: 'sockjs', run: async target => echo(target, await openSockjsSocket(target), 'hello') },
    { name: 'plain WebSocket', run: async target => echo(target, await openRawSocket(target), 'hello') },
    { name: '`xhr_streaming` + `xhr_send`', needs: 'sockjs', run: over('xhr_streaming') },
    { name: '`eventsource` + `xhr_send`', needs: 'sockjs', run: over('eventsource') },
    { name: '`xhr` (polling) + `xhr_send`', needs: 'sockjs', run: over('xhr') },
    {
      name: '`jsonp` + `jsonp_send`', needs: 'sockjs', shut: DISABLED, note: CLOSED_BY_DEFAULT, no: NO_JSONP, run: over('jsonp')
    },
    { name: '`htmlfile` + `xhr_send`', needs: 'sockjs', shut: DISABLED, note: CLOSED_BY_DEFAULT, run: over('htmlfile') },
    { name: 'the iframe page', needs: 'sockjs', shut: DISABLED, note: CLOSED_BY_DEFAULT, run: readIframe },
    { name: '`jsonp` + `jsonp_send`, opened', needs: 'sockjs', opened: true, no: NO_JSONP, run: over('jsonp') },
    { name: '`htmlfile` + `xhr_send`, opened', needs: 'sockjs', opened: true, run: over('htmlfile') },
    { name: 'Unicode by `websocket`', needs: 'sockjs', run: async target => echo(target, await openSockjsSocket(target), UNICODE) },
    { name: 'Unicode by plain WebSocket', run: async target => echo(target, await openRawSocket(target), UNICODE) },
    { name: 'Unicode by `xhr_streaming`', needs: 'sockjs', run: over('xhr_streaming', UNICODE) },
    { name: 'Unicode by `eventsource`', needs: 'sockjs', run: over('eventsource', UNICODE) },
    { name: '`%0A` as text by `eventsource`', needs: 'sockjs', note: PERCENT, no: { spring: /^URI malformed/ }, run: over('eventsource', '100 % is %0A') },
    { name: '100 messages in order by `xhr_streaming`', needs: 'sockjs', run: over('xhr_streaming', ...manyMessages()) },
    { name: '100 messages in order by plain WebSocket', run: async target => echo(target, await openRawSocket(target), ...manyMessages()) },
    { name: 'a frame of 128 KiB both ways, by plain WebSocket', note: SIZE, no: TOO_LONG, run: async target => echo(target, await openRawSocket(target), LARGE) },
    { name: 'a frame of 128 KiB both ways, by `xhr`', needs: 'sockjs', note: SIZE, no: TOO_LONG, run: over('xhr', LARGE) },
    { name: 'a frame of 48 KiB in pieces of 4 KiB, by `websocket`', needs: 'sockjs', run: target => inPieces(target, openSockjsSocket) },
    { name: 'a frame of 48 KiB in pieces of 4 KiB, by plain WebSocket', run: target => inPieces(target, openRawSocket) },
    { name: '128 KiB in the body of one `xhr_send`, as frames of 16 KiB', needs: 'sockjs', run: largeBody },
    { name: 'several frames in the body of one `xhr_send`', needs: 'sockjs', run: target => inOneBody(target) },
    { name: 'a stream of more than 128 KiB goes on in the next answer', needs: 'sockjs', run: goOn }
  ]
}

function manyMessages (): string[] {
  return Array.from({ length: 100 }, (_, i) => `message ${i}`)
}

function over (receiver: Receiver, ...bodies: string[]) {
  return async (target: Target) => {
    await echo(target, await openSession(target, receiver), ...(bodies.length === 0 ? ['hello'] : bodies))
  }
}

async function readIframe (target: Target) {
  const answer = await ask(target, '/iframe.html')
  assert.equal(answer.status, 200, tell(answer))
}

async function inPieces (target: Target, open: (target: Target) => Promise<Wire>) {
  const stomp = await connectStomp(target, { wire: await open(target) })
  const topic = newTopic()
  await stomp.send('SUBSCRIBE', ['id:1', `destination:${topic}`])
  const body = 'a letter '.repeat(5_461)
  const frame = frameOf('SEND', [`destination:${topic}`], body)
  for (let at = 0; at < frame.length; at += 4_096) await stomp.wire.send(frame.slice(at, at + 4_096))
  assert.ok((await stomp.until('MESSAGE')).body === body)
}

async function inOneBody (target: Target, bodies = ['one', 'two', 'three']) {
  const wire = await openSession(target, 'xhr')
  const topic = newTopic()
  await wire.send(connectFrame(target))
  const stomp = stompOver(wire)
  await stomp.until('CONNECTED')
  await wire.send(
    frameOf('SUBSCRIBE', ['id:1', `destination:${topic}`]),
    ...bodies.map(body => frameOf('SEND', [`destination:${topic}`], body))
  )
  for (const body of bodies) assert.ok((await stomp.until('MESSAGE')).body === body)
}

async function largeBody (target: Target) {
  await inOneBody(target, Array.from({ length: 8 }, (_, i) => `${i} `.padEnd(16_384, '*')))
}

async function goOn (target: Target) {
  const wire = await openSession(target, 'xhr_streaming', newSession())
  await echo(target, wire, ...Array.from({ length: 60 }, (_, i) => `${i} `.padEnd(4_096, 'x')))
  assert.ok(wire.answers() > 1)
}
