import t from 'tap'
import type { Test } from 'tap'
import { createBroker } from '../../../src/demo/broker.js'
import type { Broker } from '../../../src/demo/broker.js'
import { createFrameReader } from '../../../src/demo/frame-reader.js'
import { openStompSession } from '../../../src/demo/stomp-session.js'
import { manualTimers } from '../../helper/manual-timers.js'

interface Seen { command: string, headers: Record<string, string>, body: string }

/** A session whose connection keeps what was written, read back as frames, and how it was closed. */
function session (options: { broker?: Broker, maxFrameBytes?: number, maxSubscriptions?: number } = {}) {
  const timers = manualTimers()
  const written: string[] = []
  const closed: Array<[number, string]> = []
  const broker = options.broker ?? createBroker()
  const opened = openStompSession(
    { write: text => { written.push(text) }, close: (...how) => { closed.push(how) } },
    { server: 'test/1.0', heartBeatMs: 10, every: timers.every, ...options, broker })
  const seen = (): Array<Seen | '\n'> => written.splice(0).flatMap(text => [...createFrameReader(10_000)(text)])
    .map(item => item.type === 'frame' ? { ...item.frame, headers: Object.fromEntries(item.frame.headers) } : '\n')
  return { ...opened, timers, broker, closed, seen }
}

function connected (...options: Parameters<typeof session>) {
  const open = session(...options)
  open.receive('CONNECT\naccept-version:1.2\nheart-beat:0,0\n\n\0')
  open.seen()
  return open
}

/** The frames are those of the patterns, one by one, and no more; `t.match` alone lets further ones pass. */
function matchAll (t: Test, frames: unknown[], patterns: object[]) {
  t.match(frames, patterns)
  t.equal(frames.length, patterns.length)
}

/** The session refused the last frame: one ERROR of that text, the end, and nothing left behind. */
function refused (t: Test, open: ReturnType<typeof session>, message: string, headers = {}) {
  t.match(open.seen().at(-1), { command: 'ERROR', headers: { message, 'content-type': 'text/plain', ...headers }, body: message })
  t.strictSame(open.closed, [[1002, 'STOMP error']])
  t.equal(open.broker.publish('/topic/a', { headers: new Map(), body: '' }), 0, 'no subscription is left')
  t.strictSame(open.timers.running(), [], 'no timer is left')
  open.receive('SEND\ndestination:/topic/a\n\n\0')
  t.strictSame(open.seen(), [], 'nothing more is read')
}

for (const command of ['CONNECT', 'STOMP']) {
  t.test(`answers ${command} by CONNECTED with version, heart-beat and server`, async t => {
    const open = session()
    open.receive(`${command}\naccept-version:1.0,1.1,1.2\nhost:chat\n\n\0`)
    t.strictSame(open.seen(), [
      { command: 'CONNECTED', headers: { version: '1.2', 'heart-beat': '10,10', server: 'test/1.0' }, body: '' }
    ])
  })
}

t.test('sends no receipt for CONNECT, which may not ask for one', async t => {
  const open = session()
  open.receive('CONNECT\naccept-version:1.2\nreceipt:1\n\n\0')
  t.strictSame(open.seen().map(frame => frame !== '\n' && frame.command), ['CONNECTED'])
})

for (const versions of ['accept-version:1.0,1.1\n', 'accept-version:11.2\n', '']) {
  t.test(`refuses a client of '${versions.trim()}' and names the version it speaks`, async t => {
    const open = session()
    open.receive(`CONNECT\n${versions}\n\0`)
    refused(t, open, 'the supported protocol version is 1.2', { version: '1.2' })
  })
}

t.test('refuses a malformed heart-beat header', async t => {
  const open = session()
  open.receive('CONNECT\naccept-version:1.2\nheart-beat:soon\n\n\0')
  refused(t, open, 'heart-beat is not two numbers of milliseconds')
})

t.test('refuses any frame before CONNECT', async t => {
  const open = session()
  open.receive('SEND\ndestination:/topic/a\n\n\0')
  refused(t, open, 'the first frame has to be CONNECT')
})

t.test('delivers what is sent to a topic to each of its subscriptions', async t => {
  const open = connected()
  open.receive('SUBSCRIBE\nid:1\ndestination:/topic/a\n\n\0SUBSCRIBE\nid:2\ndestination:/topic/a\nack:auto\n\n\0')
  open.receive('SUBSCRIBE\nid:3\ndestination:/topic/b\n\n\0')
  open.receive('SEND\ndestination:/topic/a\ncontent-type:text/plain\nx\\c1:y\\n2\n\nhi\0')
  const headers = { 'message-id': '1', destination: '/topic/a', 'content-type': 'text/plain', 'x:1': 'y\n2', 'content-length': '2' }
  t.strictSame(open.seen(), [
    { command: 'MESSAGE', headers: { subscription: '1', ...headers }, body: 'hi' },
    { command: 'MESSAGE', headers: { subscription: '2', ...headers }, body: 'hi' }
  ])
})

t.test('passes headers on that are the sender\'s, not those meant for the broker', async t => {
  const open = connected()
  open.receive('SUBSCRIBE\nid:1\ndestination:/topic/a\n\n\0')
  open.receive('SEND\ndestination:/topic/a\nsubscription:9\nmessage-id:9\nack:9\nreceipt:9\nmine:1\n\n\0')
  t.strictSame(open.seen()[0], {
    command: 'MESSAGE', headers: { subscription: '1', 'message-id': '1', destination: '/topic/a', mine: '1' }, body: ''
  })
})

t.test('lets two sessions on one broker talk to each other', async t => {
  const broker = createBroker()
  const [one, two] = [connected({ broker }), connected({ broker })]
  two.receive('SUBSCRIBE\nid:1\ndestination:/topic/a\n\n\0')
  one.receive('SEND\ndestination:/topic/a\n\nhi\0')
  matchAll(t, two.seen(), [{ command: 'MESSAGE', body: 'hi' }])
  t.strictSame(one.seen(), [])
})

t.test('stops deliveries at UNSUBSCRIBE', async t => {
  const open = connected()
  open.receive('SUBSCRIBE\nid:1\ndestination:/topic/a\n\n\0UNSUBSCRIBE\nid:1\n\n\0')
  open.receive('SEND\ndestination:/topic/a\n\nhi\0')
  t.strictSame(open.seen(), [])
  open.receive('SUBSCRIBE\nid:1\ndestination:/topic/a\nreceipt:again\n\n\0')
  matchAll(t, open.seen(), [{ command: 'RECEIPT', headers: { 'receipt-id': 'again' } }])
})

t.test('sends a receipt for each frame that asks for one, after its effect', async t => {
  const open = connected()
  open.receive('SUBSCRIBE\nid:1\ndestination:/topic/a\nreceipt:r\\c1\n\n\0')
  open.receive('SEND\ndestination:/topic/a\nreceipt:r2\n\nhi\0')
  open.receive('ACK\nid:1\nreceipt:r3\n\n\0NACK\nid:1\nreceipt:r4\n\n\0UNSUBSCRIBE\nid:1\nreceipt:r5\n\n\0')
  matchAll(t, open.seen(), [
    { command: 'RECEIPT', headers: { 'receipt-id': 'r:1' } },
    { command: 'MESSAGE' },
    { command: 'RECEIPT', headers: { 'receipt-id': 'r2' } },
    { command: 'RECEIPT', headers: { 'receipt-id': 'r3' } },
    { command: 'RECEIPT', headers: { 'receipt-id': 'r4' } },
    { command: 'RECEIPT', headers: { 'receipt-id': 'r5' } }
  ])
})

for (const ack of ['client', 'client-individual']) {
  t.test(`gives messages of an ack:${ack} subscription the id that ACK names`, async t => {
    const open = connected()
    open.receive(`SUBSCRIBE\nid:1\ndestination:/topic/a\nack:${ack}\n\n\0SEND\ndestination:/topic/a\n\nhi\0`)
    matchAll(t, open.seen(), [{ command: 'MESSAGE', headers: { ack: '1', 'message-id': '1' } }])
    open.receive('ACK\nid:1\n\n\0')
    t.strictSame([open.seen(), open.closed], [[], []])
  })
}

t.test('answers DISCONNECT by its receipt and a normal end, and reads nothing behind it', async t => {
  const open = connected()
  open.receive('SUBSCRIBE\nid:1\ndestination:/topic/a\n\n\0')
  open.receive('DISCONNECT\nreceipt:bye\n\n\0SEND\ndestination:/topic/a\nreceipt:late\n\n\0')
  t.strictSame(open.seen(), [{ command: 'RECEIPT', headers: { 'receipt-id': 'bye' }, body: '' }])
  t.strictSame(open.closed, [[1000, 'Normal closure']])
  t.equal(open.broker.publish('/topic/a', { headers: new Map(), body: '' }), 0)
})

const refusals = [
  ['a second CONNECT', 'CONNECT\naccept-version:1.2\n\n\0', 'the session is already connected'],
  ['a second handshake by STOMP', 'STOMP\naccept-version:1.2\n\n\0', 'the session is already connected'],
  ['an unknown command', 'SHOUT\n\n\0', 'unknown command'],
  ['a command in lower case', 'send\ndestination:/topic/a\n\n\0', 'unknown command'],
  ['a command of the server', 'MESSAGE\ndestination:/topic/a\n\n\0', 'unknown command'],
  ['SUBSCRIBE without id', 'SUBSCRIBE\ndestination:/topic/a\n\n\0', 'SUBSCRIBE needs an id header'],
  ['SUBSCRIBE without destination', 'SUBSCRIBE\nid:2\n\n\0', 'a destination is /topic/ and a name'],
  ['SUBSCRIBE to a queue', 'SUBSCRIBE\nid:2\ndestination:/queue/a\n\n\0', 'a destination is /topic/ and a name'],
  ['SUBSCRIBE of an id in use', 'SUBSCRIBE\nid:1\ndestination:/topic/b\n\n\0', 'a subscription of this id is already open'],
  ['SUBSCRIBE of an unknown ack mode', 'SUBSCRIBE\nid:2\ndestination:/topic/a\nack:never\n\n\0', 'ack is auto, client or client-individual'],
  ['UNSUBSCRIBE without id', 'UNSUBSCRIBE\n\n\0', 'no subscription of this id is open'],
  ['UNSUBSCRIBE of an unknown id', 'UNSUBSCRIBE\nid:2\n\n\0', 'no subscription of this id is open'],
  ['SEND without destination', 'SEND\n\nhi\0', 'a destination is /topic/ and a name'],
  ['SEND to a queue', 'SEND\ndestination:/queue/a\n\nhi\0', 'a destination is /topic/ and a name'],
  ['SEND to a topic without a name', 'SEND\ndestination:/topic/\n\nhi\0', 'a destination is /topic/ and a name'],
  ['SEND in a transaction', 'SEND\ndestination:/topic/a\ntransaction:1\n\nhi\0', 'transactions are not supported'],
  ['ACK without id', 'ACK\n\n\0', 'ACK and NACK need an id header'],
  ['NACK without id', 'NACK\n\n\0', 'ACK and NACK need an id header'],
  ['BEGIN', 'BEGIN\ntransaction:1\n\n\0', 'transactions are not supported'],
  ['COMMIT', 'COMMIT\n\n\0', 'transactions are not supported'],
  ['ABORT', 'ABORT\n\n\0', 'transactions are not supported'],
  ['a body on a frame other than SEND', 'SUBSCRIBE\nid:2\ndestination:/topic/a\n\nhi\0', 'only SEND may have a body'],
  ['a malformed frame', 'SEND\nno colon\n\n\0', 'a header line has no colon'],
  ['a message that is no text', 42, 'a STOMP frame is text'],
  ['a message that is null', null, 'a STOMP frame is text']
] as const
for (const [name, bytes, message] of refusals) {
  t.test(`refuses ${name} with ERROR and ends`, async t => {
    const open = connected()
    open.receive('SUBSCRIBE\nid:1\ndestination:/topic/a\n\n\0')
    open.receive(bytes)
    refused(t, open, message)
  })
}

t.test('names the receipt of a refused frame in ERROR and sends no RECEIPT', async t => {
  const open = connected()
  open.receive('SEND\nreceipt:r1\n\nhi\0')
  matchAll(t, open.seen(), [{ command: 'ERROR', headers: { 'receipt-id': 'r1' } }])
})

t.test('reads the bytes of binary WebSocket messages too', async t => {
  const open = connected()
  open.receive(Buffer.from('SUBSCRIBE\nid:1\ndestination:/topic/a\nreceipt:1\n\n\0'))
  matchAll(t, open.seen(), [{ command: 'RECEIPT' }])
})

t.test('gives up a frame that is longer than its bound', async t => {
  const open = connected({ maxFrameBytes: 100 })
  open.receive(`SEND\ndestination:/topic/a\n\n${'x'.repeat(200)}`)
  refused(t, open, 'a frame is longer than 100 bytes')
})

t.test('takes no more than its bound of subscriptions', async t => {
  const open = connected({ maxSubscriptions: 2 })
  open.receive('SUBSCRIBE\nid:1\ndestination:/topic/b\n\n\0SUBSCRIBE\nid:2\ndestination:/topic/b\n\n\0')
  open.receive('SUBSCRIBE\nid:3\ndestination:/topic/b\n\n\0')
  refused(t, open, 'a session has at most 2 subscriptions')
})

t.test('sends heart-beats at the agreed period', async t => {
  const open = session()
  open.receive('CONNECT\naccept-version:1.2\nheart-beat:0,30\n\n\0')
  open.seen()
  t.strictSame(open.timers.running(), [30])
  open.timers.tick(30)
  t.strictSame(open.seen(), ['\n'])
})

t.test('ends a client that goes silent, and not one that still sends heart-beats', async t => {
  const open = session()
  open.receive('CONNECT\naccept-version:1.2\nheart-beat:20,0\n\n\0')
  for (let period = 0; period < 6; period++) {
    open.timers.tick(20)
    open.receive('\n')
  }
  t.strictSame(open.closed, [])
  for (let period = 0; period < 3; period++) open.timers.tick(20)
  t.strictSame(open.closed, [[1002, 'no heart-beat']])
  t.strictSame(open.timers.running(), [])
})

t.test('leaves no timer and no subscription behind when the connection ends', async t => {
  const open = session()
  open.receive('CONNECT\naccept-version:1.2\nheart-beat:20,20\n\n\0SUBSCRIBE\nid:1\ndestination:/topic/a\n\n\0')
  t.equal(open.timers.running().length, 2)
  open.end()
  open.end()
  t.strictSame(open.timers.running(), [])
  t.equal(open.broker.publish('/topic/a', { headers: new Map(), body: '' }), 0)
  t.strictSame(open.closed, [], 'there is nothing left to close')
})

t.test('keeps time by the real clock when it is given no other', async t => {
  const heartBeat = new Promise<string>(resolve => {
    const open = openStompSession({ write: text => { if (text === '\n') resolve(text) }, close: () => {} },
      { broker: createBroker(), server: 'test/1.0', heartBeatMs: 5 })
    t.teardown(open.end)
    open.receive('CONNECT\naccept-version:1.2\nheart-beat:0,5\n\n\0')
  })
  t.equal(await heartBeat, '\n')
})
