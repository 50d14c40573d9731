import assert from 'node:assert/strict'
import { within } from '../../../helper/within.js'
import { LATE_MS, SOON_MS, type Area, type Target } from '../feature.js'
import { connectFrame, connectStomp, newTopic, stompOver } from '../stomp.js'
import { openRawSocket } from '../wires.js'

const SIMPLE_BROKER = 'Spring\'s simple broker and the demo\'s are no message queues'
const BEATS = 'Spring\'s simple broker beats once it is given a `TaskScheduler`'
const NO_QUEUE = { 'sockjs-node': /^ERROR a destination is \/topic\/ and a name/, spring: /^MESSAGE did not come/ }
const ONE_VERSION = { 'sockjs-node': /^ERROR the supported protocol version is 1\.2/ }

/** What STOMP offers, by plain WebSocket. */
export const stomp: Area = {
  title: 'STOMP',
  features: [
    { name: 'STOMP 1.2 is agreed on', run: target => agree(target, '1.2') },
    ...['1.1', '1.0'].map(version => ({
      name: `STOMP ${version} is agreed on`, no: ONE_VERSION, run: (target: Target) => agree(target, version)
    })),
    {
      name: 'a version that does not exist is answered by ERROR',
      note: 'Spring answers nothing',
      no: { spring: /^ERROR did not come/ },
      run: refuseVersion
    },
    { name: 'an unknown command is answered by ERROR', run: refuseCommand },
    {
      name: 'receipt for SEND',
      note: 'Spring\'s simple broker sends receipts for DISCONNECT only',
      no: { spring: /^RECEIPT did not come/ },
      run: receipt
    },
    {
      name: 'receipt for DISCONNECT',
      note: 'RabbitMQ 3.10 closes the WebSocket before it',
      no: { rabbitmq: /^closed with 1000/ },
      run: lastReceipt
    },
    { name: 'heart-beats of the server', slow: true, note: BEATS, no: { spring: /^a heart-beat did not come/ }, run: heartBeats },
    {
      name: 'a client whose heart-beats stop is shown out',
      slow: true,
      note: BEATS,
      no: { spring: /^the end did not come/ },
      run: silence
    },
    { name: 'nothing after UNSUBSCRIBE', run: unsubscribe },
    { name: 'two clients of one topic', run: twoClients },
    {
      name: 'a message that a client left without an ack goes to the next', note: SIMPLE_BROKER, no: NO_QUEUE, run: redeliver
    },
    { name: 'a message that is sent back by NACK comes again', note: SIMPLE_BROKER, no: NO_QUEUE, run: sendBack },
    {
      name: 'transactions',
      note: SIMPLE_BROKER,
      no: { 'sockjs-node': /^ERROR transactions are not supported/, spring: /'never'/ }, // what was aborted came
      run: transaction
    }
  ]
}

async function agree (target: Target, version: string) {
  const { connected } = await connectStomp(target, { headers: [`accept-version:${version}`] })
  assert.equal(connected.headers.get('version') ?? '1.0', version)
}

async function refuseVersion (target: Target) {
  const { send, until } = stompOver(await openRawSocket(target))
  await send('CONNECT', ['accept-version:9.9', 'host:/', ...target.login])
  await until('ERROR')
}

async function refuseCommand (target: Target) {
  const { send, until } = await connectStomp(target)
  await send('GARBAGE', [])
  await until('ERROR')
}

async function receipt (target: Target) {
  const { send, until } = await connectStomp(target)
  await send('SEND', [`destination:${newTopic()}`, 'receipt:sent'], 'hello')
  assert.equal((await until('RECEIPT')).headers.get('receipt-id'), 'sent')
}

async function lastReceipt (target: Target) {
  const { send, until } = await connectStomp(target)
  await send('DISCONNECT', ['receipt:bye'])
  assert.equal((await until('RECEIPT')).headers.get('receipt-id'), 'bye')
}

async function heartBeats (target: Target) {
  const wire = await openRawSocket(target)
  await wire.send(connectFrame(target, 'heart-beat:0,1000'))
  for (let beats = 0; beats < 2;) {
    if (/^\n+$/.test(await within(SOON_MS, 'a heart-beat', wire.next()))) beats++
  }
}

async function silence (target: Target) {
  const wire = await openRawSocket(target)
  await wire.send(connectFrame(target, 'heart-beat:1000,0'))
  const [code] = await within(LATE_MS, 'the end', wire.ended)
  return String(code)
}

async function unsubscribe (target: Target) {
  const { send, until } = await connectStomp(target)
  const [left, kept] = [newTopic(), newTopic()]
  await send('SUBSCRIBE', ['id:1', `destination:${left}`])
  await send('SUBSCRIBE', ['id:2', `destination:${kept}`])
  await send('SEND', [`destination:${left}`], 'before')
  assert.equal((await until('MESSAGE')).body, 'before')
  await send('UNSUBSCRIBE', ['id:1'])
  await send('SEND', [`destination:${left}`], 'after')
  await send('SEND', [`destination:${kept}`], 'last')
  assert.equal((await until('MESSAGE')).body, 'last')
}

async function twoClients (target: Target) {
  const topic = newTopic()
  const [one, other] = [await connectStomp(target), await connectStomp(target)]
  await other.send('SUBSCRIBE', ['id:1', `destination:${topic}`])
  await other.send('SEND', [`destination:${topic}`], 'it is subscribed')
  await other.until('MESSAGE')
  await one.send('SEND', [`destination:${topic}`], 'hello you')
  assert.equal((await other.until('MESSAGE')).body, 'hello you')
}

/** A queue whose message one client has, without an ack; what both subscribe by is `headers`. */
async function holdMessage (target: Target) {
  const queue = newTopic('queue')
  const headers = ['id:1', `destination:${queue}`, 'ack:client-individual']
  const one = await connectStomp(target)
  await one.send('SUBSCRIBE', headers)
  await one.send('SEND', [`destination:${queue}`], 'hold on')
  const message = await one.until('MESSAGE')
  assert.equal(message.body, 'hold on')
  return { one, message, headers }
}

/** The first client is gone without a DISCONNECT before the other asks. */
async function redeliver (target: Target) {
  const first = new AbortController()
  const signal = AbortSignal.any([target.signal, first.signal])
  const { one, headers } = await holdMessage({ ...target, signal })
  first.abort()
  await within(SOON_MS, 'the end of the first client', one.wire.ended)
  const other = await connectStomp(target)
  await other.send('SUBSCRIBE', headers)
  assert.equal((await other.until('MESSAGE', SOON_MS / 2)).body, 'hold on')
}

async function sendBack (target: Target) {
  const { one, message } = await holdMessage(target)
  await one.send('NACK', [`id:${message.headers.get('ack')}`])
  assert.equal((await one.until('MESSAGE', SOON_MS / 2)).body, 'hold on')
}

async function transaction (target: Target) {
  const { send, until } = await connectStomp(target)
  const topic = newTopic()
  await send('SUBSCRIBE', ['id:1', `destination:${topic}`])
  await send('BEGIN', ['transaction:a'])
  await send('SEND', [`destination:${topic}`, 'transaction:a'], 'never')
  await send('ABORT', ['transaction:a'])
  await send('BEGIN', ['transaction:b'])
  await send('SEND', [`destination:${topic}`, 'transaction:b'], 'second')
  await send('SEND', [`destination:${topic}`], 'first')
  await send('COMMIT', ['transaction:b'])
  for (const body of ['first', 'second']) assert.equal((await until('MESSAGE')).body, body)
}
