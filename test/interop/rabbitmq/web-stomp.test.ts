import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Client, IStompSocket } from '@stomp/stompjs'
import t, { type Test } from 'tap'
import { WebSocket, type ClientOptions } from 'ws'
import { listen } from '../../helper/build.js'
import { connectChat, receipt, subscribe } from '../../helper/chat.js'
import { createInbox } from '../../helper/inbox.js'
import { rabbitmqServer } from '../../helper/rabbitmq.js'

t.setTimeout(120_000)

const ORIGIN = 'https://app.example.com'
const BOUND_MS = 15_000
const STOMP = ['v12.stomp', 'v11.stomp', 'v10.stomp']
const LOGIN = { login: 'guest', passcode: 'guest' }

const broker = await rabbitmqServer(t)
const gateway = await listen(t, { STOMP_UPSTREAMS: broker.url, ALLOWED_ORIGINS: ORIGIN })

/** The options are new for each test, as tap writes into them. */
function test (title: string, run: (t: Test) => Promise<unknown>) {
  t.test(title, { timeout: BOUND_MS }, async t => { await run(t) })
}

/** The same endpoint by both ways. */
const WAYS = [
  ['direct', `${broker.url}/ws`.replace('http', 'ws')],
  ['through the gateway', `${gateway.url}/stomp/ws`.replace('http', 'ws')]
] as const

/** An open WebSocket of one of the ways, as a page on the list opens it; gone with the test. */
async function open (t: Test, url: string, protocols: string[] = STOMP, options: ClientOptions = {}) {
  const socket = new WebSocket(url, protocols, { origin: ORIGIN, ...options })
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  return socket
}

/** A STOMP client that is logged in. */
async function connect (t: Test, url: string) {
  const webSocketFactory = () => new WebSocket(url, STOMP, { origin: ORIGIN }) as unknown as IStompSocket
  return await connectChat(t, url, { webSocketFactory, connectHeaders: LOGIN })
}

/** A CONNECT of the right user, unless `header` comes first and says otherwise: the first of two counts. */
function connectFrame (header = 'accept-version:1.2'): string {
  return `CONNECT\n${header}\naccept-version:1.2\nlogin:guest\npasscode:guest\n\n\0`
}

/** Runs the test by each way; a queue or topic of this name is nobody else's. */
function byEachWay (title: string, run: (t: Test, url: string, name: string) => Promise<void>) {
  for (const [way, url] of WAYS) {
    test(`${title}, ${way}`, t => run(t, url, randomBytes(6).toString('hex')))
  }
}

/** What both ways give; they must give the same. */
async function compare (t: Test, look: (url: string) => Promise<unknown>) {
  const [direct, through] = await Promise.all(WAYS.map(([, url]) => look(url)))
  t.same(through, direct)
  return through
}

for (const offered of [...STOMP.map(name => [name]), STOMP, [...STOMP].reverse(), ['chat', 'v11.stomp'], []]) {
  test(`the sub-protocol is the broker's choice of ${offered.join(', ') || 'none'}`, async t => {
    const chosen = await compare(t, async url => (await open(t, url, offered)).protocol)
    if (offered.length === 1) t.equal(chosen, offered[0])
    else t.comment(`it chose ${chosen}`)
  })
}

test('a sub-protocol that the broker does not know ends as it does directly', async t => {
  await compare(t, async url => {
    const socket = new WebSocket(url, ['chat'], { origin: ORIGIN })
    const [error] = await once(socket, 'error')
    return error.message
  })
})

for (const version of ['1.2', '1.1', '1.0']) {
  test(`STOMP ${version} is agreed on`, async t => {
    await compare(t, async url => {
      const socket = await open(t, url)
      socket.send(connectFrame(`accept-version:${version}`))
      const [frame] = await once(socket, 'message')
      t.match(String(frame), /^CONNECTED\n/)
      t.match(String(frame), `\nversion:${version}\n`)
      return String(frame).replace(/session-[\w-]+/, '…')
    })
  })
}

for (const kind of ['topic', 'queue']) {
  byEachWay(`100 messages to a ${kind} arrive in order, each with its receipt`, async (t, url, name) => {
    const { client } = await connect(t, url)
    const destination = `/${kind}/${name}`
    const next = await subscribe(client, destination)
    const wanted = Array.from({ length: 100 }, (_, i) => `message ${i} ✓ 안녕 🚀`)
    const receipts = wanted.map((_, i) => receipt(client, `${name}-${i}`))
    wanted.forEach((body, i) => client.publish({ destination, body, headers: { receipt: `${name}-${i}` } }))
    const got: string[] = []
    while (got.length < wanted.length) got.push((await next()).body)
    t.same(got, wanted)
    await Promise.all(receipts)
  })
}

byEachWay('a message of 256 KiB travels both ways, in text frames and in binary ones', async (t, url, name) => {
  const { client } = await connect(t, url)
  const destination = `/topic/${name}`
  const next = await subscribe(client, destination)
  const text = '안녕'.repeat(262_144 / 6)
  client.publish({ destination, body: text })
  t.ok((await next()).body === text)
  // It sends text frames, so what it is sent in binary ones has to be UTF-8, too.
  client.publish({ destination, binaryBody: Buffer.from(text) })
  t.ok((await next()).body === text)
})

test('heart-beats go both ways, and a client that falls silent is closed on as directly', async t => {
  t.same(await compare(t, async url => {
    const { seen: [connected], socket } = await lastWords(t, url, connectFrame('heart-beat:1000,1000'), 1)
    t.match(connected, '\nheart-beat:1000,1000\n')
    const frames = createInbox<string>()
    socket.on('message', data => frames.push(String(data)))
    const closed = once(socket, 'close')
    const beats = setInterval(() => socket.send('\n'), 500)
    t.teardown(() => clearInterval(beats))
    const seen = await frames.take(4) // it gives a silent client up after 3
    clearInterval(beats)
    return [seen, (await closed).map(String)]
  }), [['\n', '\n', '\n', '\n'], ['1000', 'STOMP died']])
})

byEachWay('nothing arrives after unsubscribe', async (t, url, name) => {
  const { client } = await connect(t, url)
  const left = createInbox<string>()
  const subscription = client.subscribe(`/topic/${name}`, message => left.push(message.body), { receipt: 'in' })
  await receipt(client, 'in')
  client.publish({ destination: `/topic/${name}`, body: 'before' })
  t.equal(await left.next(), 'before')
  const out = receipt(client, 'out')
  subscription.unsubscribe({ receipt: 'out' })
  await out
  left.next().then(body => t.fail(`${body} arrived`), () => {})
  const next = await subscribe(client, `/queue/${name}`)
  client.publish({ destination: `/topic/${name}`, body: 'after' })
  client.publish({ destination: `/queue/${name}`, body: 'last' })
  t.equal((await next()).body, 'last')
})

byEachWay('a transaction is sent whole or not at all', async (t, url, name) => {
  const { client } = await connect(t, url)
  const destination = `/topic/${name}`
  const next = await subscribe(client, destination)
  const aborted = client.begin()
  client.publish({ destination, body: 'never', headers: { transaction: aborted.id } })
  aborted.abort()
  const committed = client.begin()
  client.publish({ destination, body: 'in it', headers: { transaction: committed.id } })
  client.publish({ destination, body: 'before it' })
  committed.commit()
  t.same([(await next()).body, (await next()).body], ['before it', 'in it'])
})

byEachWay('a message that is nacked or not acked comes again, an acked one does not', async (t, url, name) => {
  const { client } = await connect(t, url)
  const destination = `/queue/${name}`
  const messages = createInbox<{ body: string, redelivered: boolean, ack: () => void, nack: () => void }>()
  const listenTo = (client: Client) => client.subscribe(destination, message => messages.push({
    body: message.body,
    redelivered: message.headers.redelivered === 'true',
    ack: () => message.ack({ receipt: 'acked' }),
    nack: () => message.nack()
  }), { ack: 'client-individual' })
  listenTo(client)
  for (const body of ['one', 'two']) client.publish({ destination, body })
  const [one, two] = await messages.take(2)
  t.same([one!.body, two!.body], ['one', 'two'])
  one!.nack()
  const again = await messages.next()
  t.match(again, { body: 'one', redelivered: true })
  again.ack()
  await receipt(client, 'acked')
  await client.deactivate({ force: true }) // `two` was never acked
  listenTo((await connect(t, url)).client)
  t.match(await messages.next(), { body: 'two', redelivered: true })
})

/** Sends this as the first frame and resolves with what comes back and how it ends, if the broker ends it. */
async function lastWords (t: Test, url: string, frame: string, answers: number) {
  const socket = await open(t, url)
  const frames = createInbox<string>()
  socket.on('message', data => frames.push(String(data).replace(/session-[\w-]+/g, '…')))
  const closed = once(socket, 'close')
  socket.send(frame)
  const seen = await frames.take(answers)
  return { seen, closed, socket }
}

test('a wrong password is answered by the ERROR that comes directly, and the close is the client\'s', async t => {
  const got = await compare(t, async url => {
    const { seen, closed, socket } = await lastWords(t, url, connectFrame('passcode:wrong'), 1)
    socket.close(1000, 'so be it')
    return [seen, (await closed).map(String)]
  })
  t.match(JSON.stringify(got), 'ERROR\\nmessage:Bad CONNECT')
})

test('what is no command, and what is no frame, end as they do directly', async t => {
  const unknown = await compare(t, async url => (await lastWords(t, url, connectFrame() + 'GARBAGE\n\n\0', 2)).seen)
  t.match(JSON.stringify(unknown), 'ERROR\\nmessage:Bad command')
  const malformed = await compare(t, async url => {
    const { closed } = await lastWords(t, url, connectFrame() + 'SEND\nno colon\n\n\0', 0)
    return (await closed).map(String)
  })
  t.same(malformed, ['1007', '{header_no_value,"no colon"}'])
})

test('binary frames, compression and pings work as directly', async t => {
  await compare(t, async url => {
    const socket = await open(t, url, STOMP, { perMessageDeflate: { threshold: 0 } })
    const answered = once(socket, 'message')
    socket.send(Buffer.from(connectFrame()))
    const [frame, isBinary] = await answered
    t.match(String(frame), /^CONNECTED\n/)
    const pong = once(socket, 'pong')
    socket.ping('here')
    return [socket.extensions, isBinary, String((await pong)[0])]
  })
})

test('a DISCONNECT and a client\'s own close code end as directly', async t => {
  t.same(await compare(t, async url => {
    const { closed, socket } = await lastWords(t, url, connectFrame(), 1)
    socket.send('DISCONNECT\n\n\0')
    return (await closed).map(String)
  }), ['1000', 'STOMP died'])
  t.match(await compare(t, async url => {
    const socket = await open(t, url)
    socket.close(4001, 'enough')
    return (await once(socket, 'close')).map(String)
  }), ['4001'])
})

test('the plain answers of the endpoint are those that come directly', async t => {
  for (const path of ['ws', 'ws/', 'ws/info', 'nothing', 'ws-stomp/info']) {
    const look = async (base: string) => {
      const answer = await fetch(`${base}/${path}`)
      return [path, answer.status, await answer.text()]
    }
    t.same(await look(`${gateway.url}/stomp`), await look(broker.url))
  }
})

test('an origin that is not listed is refused, and the broker hears nothing of it', async t => {
  /** Tries to log in as a page of this origin; the broker's log tells of each wrong password. */
  const tryAs = async (url: string, user: string, origin: string) => {
    const socket = new WebSocket(url, STOMP, { origin })
    t.teardown(() => socket.terminate())
    socket.on('error', () => {})
    const status = await Promise.race([
      once(socket, 'open').then(() => 101),
      once(socket, 'unexpected-response').then(([, answer]) => (answer as IncomingMessage).statusCode)
    ])
    if (status !== 101) return status
    socket.send(connectFrame(`login:${user}`))
    await once(socket, 'message')
    return status
  }
  const [[, direct], [, through]] = WAYS
  t.equal(await tryAs(direct, 'stranger-direct', 'https://evil.example.com'), 101, 'it lets every page in')
  t.equal(await tryAs(through, 'stranger-through', 'https://evil.example.com'), 403)
  t.equal(await tryAs(through, 'listed', ORIGIN), 101)
  const log = await broker.until(log => log.includes("for user 'listed'"))
  t.match(log, "for user 'stranger-direct'")
  t.notMatch(log, 'stranger-through')
})
