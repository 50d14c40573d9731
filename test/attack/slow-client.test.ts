import { EventEmitter, once } from 'node:events'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { answerWith } from '../helper/fake-instance.js'
import { gatewayPair, readAnswers, type GatewayPair } from '../helper/gateway-pair.js'
import { requestHead, SWITCH, upgradeHead } from '../helper/raw-socket.js'

/** The smallest limits there are: the head in 100 ms, all of it in 200 ms; looked at once a second. */
const IMPATIENT = { HEADERS_TIMEOUT_MS: '100', REQUEST_TIMEOUT_MS: '200' }

/** Nothing is open, nothing is counted, within a hundred requests of others. */
async function isAtRest (t: Test, { app, ask }: GatewayPair) {
  const [instance] = app.pool.instances
  for (let i = 0; i < 100 && instance!.open + app.tunnelCount() > 0; i++) {
    await ask(requestHead('GET /healthz', ['Connection: close']))
  }
  t.equal(instance!.open, 0)
  t.equal(app.tunnelCount(), 0)
}

/** Resolves when the other side of this connection has gone, gently or not. */
async function gone (socket: Socket) {
  if (socket.readableEnded || socket.destroyed) return
  await Promise.race([once(socket, 'end'), once(socket, 'close')])
}

t.test('a head that comes byte by byte is cut after HEADERS_TIMEOUT_MS', async t => {
  const gateway = await gatewayPair(t, IMPATIENT)
  for (const start of ['GET /stomp/', 'GET /stomp/a HTTP/1.1\r\nHost: gateway.test\r\nX-A: ']) {
    const client = await gateway.open(start)
    const dribble = setInterval(() => client.write('a'), 20)
    const [answer] = readAnswers(await client.closed())
    clearInterval(dribble)
    t.match(answer, { status: 408, body: /"ERR_REQUEST_TIMEOUT"/ })
    t.strictSame(answer!.header('connection'), ['close'])
  }
  t.equal(await gateway.instanceBytes(), '')
})

for (const [name, head] of [
  ['by length', requestHead('POST /stomp/a', ['Content-Length: 9000']) + 'abc'],
  ['in chunks', requestHead('POST /stomp/a', ['Transfer-Encoding: chunked']) + '3\r\nabc\r\n']
] as const) {
  t.test(`a body ${name} that never ends is cut by REQUEST_TIMEOUT_MS, and the instance's request with it`, async t => {
    const gateway = await gatewayPair(t, IMPATIENT, () => {})
    const client = await gateway.open(head)
    const socket = await gateway.instance.connection()
    await gateway.instance.seen(seen => seen.includes('abc'))
    const [answer, ...more] = readAnswers(await client.closed())
    t.match(answer, { status: 408, body: /"ERR_REQUEST_TIMEOUT"/ })
    t.strictSame(answer!.header('connection'), ['close'])
    t.equal(more.length, 0)
    await gone(socket)
    t.notMatch(gateway.instance.received[0], /\r\n0\r\n/)
    await isAtRest(t, gateway)
  })
}

t.test('a body that never ends is cut although its answer has begun', async t => {
  const gateway = await gatewayPair(t, IMPATIENT, (_head, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart')
  })
  const client = await gateway.open(requestHead('POST /stomp/a', ['Content-Length: 9000']) + 'abc')
  t.match(await client.closed(), /^HTTP\/1\.1 200 [^]*\r\n\r\npart$/, 'no second answer in the middle of it')
  await gone(await gateway.instance.connection())
  await isAtRest(t, gateway)
})

t.test('a body that never ends behind another request gets no answer that would be taken for the first', async t => {
  const gateway = await gatewayPair(t, IMPATIENT, () => {})
  const client = await gateway.open(
    requestHead('GET /stomp/slow') + requestHead('POST /stomp/a', ['Content-Length: 9000']) + 'abc')
  t.equal(await client.closed(), '')
  await isAtRest(t, gateway)
})

t.test('a body that never comes behind a refusal holds no connection', async t => {
  const gateway = await gatewayPair(t)
  const client = await gateway.open(requestHead('POST /stomp/a', ['Origin: https://evil.test', 'Content-Length: 9000']))
  t.match(await client.closed(), /^HTTP\/1\.1 403 /)
})

const longHeads = [
  ['one long header line', requestHead('GET /stomp/a', [`X-A: ${'a'.repeat(17_000)}`])],
  ['one long name', requestHead('GET /stomp/a', [`${'a'.repeat(17_000)}: b`])],
  ['a long target', requestHead(`GET /stomp/a?${'a'.repeat(17_000)}`)],
  ['6,000 short lines', requestHead('GET /stomp/a', Array(6_000).fill('a:'))],
  ['6,000 short lines before an upgrade', upgradeHead('/stomp/ws', Array(6_000).fill('a:'))],
  ['no end', `GET /stomp/a HTTP/1.1\r\nHost: gateway.test\r\nX-A: ${'a'.repeat(17_000)}`]
] as const

t.test('a head over 16 KiB is answered 431', async t => {
  const gateway = await gatewayPair(t)
  for (const [name, bytes] of longHeads) {
    t.test(`with ${name}`, async t => {
      const [answer] = readAnswers(await (await gateway.open(bytes)).closed())
      t.match(JSON.parse(answer!.body), { statusCode: 431, code: 'ERR_REQUEST_HEAD_TOO_LARGE' })
      t.match(answer, { status: 431 })
      t.strictSame(answer!.header('vary'), ['Origin'])
    })
  }
  t.test('and no instance saw a byte of it', async t => t.equal(gateway.instance.sockets.length, 0))
})

t.test('a body that announces more than BODY_LIMIT_BYTES is answered 413 before any contact', async t => {
  const gateway = await gatewayPair(t, { BODY_LIMIT_BYTES: '100' })
  for (const lines of [['Content-Length: 101'], ['Content-Length: 999999999999999'],
    ['Content-Length: 101', 'Expect: 100-continue']]) {
    const client = await gateway.open(requestHead('POST /stomp/a', lines) + 'a'.repeat(101))
    const seen = await client.until(bytes => bytes.includes('}'))
    t.match(seen, /^HTTP\/1\.1 413 [^]*"ERR_BODY_TOO_LARGE"/)
  }
  t.equal(await gateway.instanceBytes(), '')
  t.equal((await gateway.ask(requestHead('POST /stomp/a', ['Content-Length: 100']) + 'a'.repeat(100))).status, 200)
})

t.test('chunks past BODY_LIMIT_BYTES are answered 413, and the instance\'s request ends unfinished', async t => {
  const gateway = await gatewayPair(t, { BODY_LIMIT_BYTES: '100' }, () => {})
  const client = await gateway.open(
    requestHead('POST /stomp/a', ['Transfer-Encoding: chunked']) + `50\r\n${'a'.repeat(80)}\r\n`)
  const socket = await gateway.instance.connection()
  await gateway.instance.seen(seen => seen.includes('a'.repeat(80)))
  client.write(`50\r\n${'a'.repeat(80)}\r\n0\r\n\r\n`)
  await client.until(seen => readAnswers(seen).length === 1)
  t.match(readAnswers(client.received())[0], { status: 413, body: /"ERR_BODY_TOO_LARGE"/ })
  await gone(socket)
  t.notMatch(gateway.instance.received[0], /\r\n0\r\n/)
  await isAtRest(t, gateway)

  client.write(requestHead('GET /healthz'))
  await client.until(seen => readAnswers(seen).length === 2)
  t.equal(readAnswers(client.received())[1]!.status, 200, 'and the connection lives on')
})

t.test('an instance that answers before it read the body leaves the connection in order', async t => {
  const gateway = await gatewayPair(t, {}, (head, socket) => {
    if (head.startsWith('POST')) socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n')
  })
  const client = await gateway.open(requestHead('POST /stomp/a', ['Content-Length: 900001']) + 'a')
  await client.until(seen => readAnswers(seen).length === 1)
  client.write('a'.repeat(900_000) + requestHead('GET /healthz'))
  await client.until(seen => readAnswers(seen).length === 2)
  t.strictSame(readAnswers(client.received()).map(({ status }) => status), [401, 200])
  await isAtRest(t, gateway)
})

t.test('connections over MAX_CONNECTIONS are closed, and there is room again when one ends', async t => {
  const gateway = await gatewayPair(t, { MAX_CONNECTIONS: '2', MAX_TUNNELS: '2' })
  const first = await gateway.open(requestHead('GET /healthz'))
  await first.until(seen => readAnswers(seen).length === 1)
  const second = await gateway.open(requestHead('GET /healthz'))
  await second.until(seen => readAnswers(seen).length === 1)
  const third = await gateway.open(requestHead('GET /healthz'))
  t.equal(await third.closed(), '')
  first.socket.end()
  await first.closed()
  t.equal((await gateway.ask(requestHead('GET /healthz'))).status, 200)
})

const TOTAL = 64 * 1024 * 1024
const CHUNK = Buffer.alloc(65_536, 'y')

/** All of TOTAL for this socket, as fast as it takes it; tells how much was taken so far. */
function pour (socket: Socket): () => number {
  let taken = 0
  const source = new Readable({
    read () {
      if (taken >= TOTAL) this.push(null)
      else {
        taken += CHUNK.length
        this.push(CHUNK)
      }
    }
  })
  source.pipe(socket, { end: false })
  return () => taken
}

const streams = [
  ['an answer', requestHead('POST /stomp/000/abcd/xhr_streaming', ['Content-Length: 0']),
    `HTTP/1.1 200 OK\r\nContent-Length: ${TOTAL}\r\n\r\n`],
  ['an answer to h2c', requestHead('GET /stomp/a', ['Connection: Upgrade', 'Upgrade: h2c']),
    `HTTP/1.1 200 OK\r\nContent-Length: ${TOTAL}\r\n\r\n`],
  ['a tunnel', upgradeHead('/stomp/ws'), SWITCH],
  ['a refusal of an upgrade', upgradeHead('/stomp/ws'), `HTTP/1.1 403 Forbidden\r\nContent-Length: ${TOTAL}\r\n\r\n`]
] as const

for (const [name, request, head] of streams) {
  t.test(`a client that stops reading ${name} stops the instance, and gets all of it when it reads on`, async t => {
    let taken = () => 0
    const gateway = await gatewayPair(t, { UPGRADE_TIMEOUT_MS: '60000' }, (_head, socket) => {
      socket.write(head)
      taken = pour(socket)
    })
    const client = await gateway.open()
    // Its own counter: 64 MiB are not kept as text.
    client.socket.removeAllListeners('data').pause()
    let read = 0
    client.write(request)
    await gateway.instance.connection()
    // It has stopped when 400 requests of others went by without a byte more: fewer would be a mere pause.
    for (let still = 0, before = -1; still < 400; before = taken()) {
      still = taken() > 0 && taken() === before ? still + 1 : 0
      await gateway.ask(requestHead('GET /healthz', ['Connection: close']))
    }
    t.ok(taken() < TOTAL / 2, `${taken()} of ${TOTAL} bytes left the instance`)
    await new Promise<void>(resolve => {
      client.socket.on('data', chunk => {
        read += chunk.length
        if (read > TOTAL) resolve()
      })
      client.socket.resume()
    })
    t.equal(taken(), TOTAL)
  })
}

t.test('an instance that stops reading a body stops the client', async t => {
  const limit = { BODY_LIMIT_BYTES: String(2 * TOTAL) }
  const gateway = await gatewayPair(t, limit, (_head, socket) => { socket.pause() })
  const client = await gateway.open(requestHead('POST /stomp/a', [`Content-Length: ${2 * TOTAL}`]) + 'y')
  const socket = await gateway.instance.connection()
  await gateway.instance.seen(seen => seen.includes('\r\n\r\n'))
  const taken = pour(client.socket)
  for (let still = 0, before = -1; still < 400; before = taken()) {
    still = taken() > 0 && taken() === before ? still + 1 : 0
    await gateway.ask(requestHead('GET /healthz', ['Connection: close']))
  }
  t.ok(taken() < TOTAL / 2, `${taken()} of ${TOTAL} bytes left the client`)
  client.socket.resetAndDestroy()
  socket.resume()
  await gone(socket)
  await isAtRest(t, gateway)
})

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n'
const moments = [
  ['while its body is sent', requestHead('POST /stomp/a', ['Content-Length: 9000']) + 'part', '', ''],
  ['while its chunks are sent', requestHead('POST /stomp/a', ['Transfer-Encoding: chunked']) + '4\r\npart\r\n', '', ''],
  ['while an answer is awaited', requestHead('GET /stomp/a'), '', ''],
  ['while an answer to HTTP/1.0 is awaited', 'GET /stomp/a HTTP/1.0\r\nHost: gateway.test\r\n\r\n', '', ''],
  ['while an answer streams', requestHead('GET /stomp/a'), CHUNKED, 'one'],
  ['while the answer to a body that still comes streams',
    requestHead('POST /stomp/a', ['Content-Length: 9000']) + 'part', CHUNKED, 'one'],
  ['while a handshake is awaited', upgradeHead('/stomp/ws'), '', ''],
  ['while a refusal streams', upgradeHead('/stomp/ws'), CHUNKED.replace('200 OK', '403 Forbidden'), 'one'],
  ['while a tunnel is open', upgradeHead('/stomp/ws'), SWITCH, '101']
] as const

for (const [name, request, answer, until] of moments) {
  t.test(`a client that resets ${name} leaves nothing open`, async t => {
    const gateway = await gatewayPair(t, {}, (_head, socket) => { if (answer !== '') socket.write(answer) })
    const client = await gateway.open(request)
    const socket = await gateway.instance.connection()
    await gateway.instance.seen(seen => seen.includes(request.endsWith('\r\n\r\n') ? '\r\n\r\n' : 'part'))
    await client.until(seen => seen.includes(until))
    t.equal(gateway.app.pool.instances[0]!.open, 1)
    client.socket.resetAndDestroy()
    await gone(socket)
    await isAtRest(t, gateway)
  })
}

for (const [name, request] of [['a request', requestHead('GET /stomp/a')], ['an upgrade', upgradeHead('/stomp/ws')]] as const) {
  t.test(`a client that resets right behind ${name} leaves nothing open`, async t => {
    const gateway = await gatewayPair(t, {}, () => {})
    for (let i = 0; i < 20; i++) {
      const client = await gateway.open(request)
      client.socket.resetAndDestroy()
    }
    await gateway.instanceBytes()
    await isAtRest(t, gateway)
  })

  t.test(`a client that resets ${name} while its instance is dialled leaves nothing open`, async t => {
    const lent = await gatewayPair(t) // its instance takes connections and knows no TLS
    const gateway = await gatewayPair(t, { STOMP_UPSTREAMS: lent.instance.url.replace('http', 'https') })
    const client = await gateway.open(request)
    await lent.instance.seen(seen => seen.length > 0)
    t.equal(gateway.app.pool.instances[0]!.open, 1)
    client.socket.resetAndDestroy()
    await isAtRest(t, gateway)
  })
}

t.test('a client that resets ends what it pipelined, and what waits behind reaches no instance', async t => {
  const gateway = await gatewayPair(t, {}, () => {})
  const client = await gateway.open(['a', 'b', 'c'].map(path => requestHead(`GET /stomp/${path}`)).join(''))
  const socket = await gateway.instance.connection()
  await gateway.instance.seen(seen => seen.endsWith('\r\n\r\n'))
  t.equal(gateway.app.pool.instances[0]!.open, 1)
  client.socket.resetAndDestroy()
  await gone(socket)
  await isAtRest(t, gateway)
  t.match((await gateway.instanceBytes()).match(/^GET .*/gm), ['GET /a HTTP/1.1'])
})

t.test('64 pipelined requests meet the instance one after the other, and are answered in order', async t => {
  const arrivals = new EventEmitter()
  const gateway = await gatewayPair(t, {}, (head, socket) => { arrivals.emit('request', head.split(' ')[1], socket) })
  const paths = Array.from({ length: 64 }, (_, n) => `/${n}`)
  let next = once(arrivals, 'request') as Promise<[string, Socket]>
  const client = await gateway.open(paths.map(path => requestHead(`GET /stomp${path}`)).join(''))
  for (const path of paths) {
    const [asked, socket] = await next
    t.equal(asked, path)
    t.equal(gateway.app.pool.instances[0]!.open, 1, 'the others wait')
    next = once(arrivals, 'request') as Promise<[string, Socket]>
    socket.write(answerWith(asked))
  }
  await client.until(seen => readAnswers(seen).length === 64)
  t.strictSame(readAnswers(client.received()).map(({ body }) => body), paths)
  t.equal(gateway.instance.sockets.length, 1, 'one is used for all of them')
  await isAtRest(t, gateway)
})

t.test('a refusal that closes, when its turn comes, ends what waits behind it', async t => {
  const waiting: Array<() => void> = []
  const gateway = await gatewayPair(t, {}, (_head, socket) => { waiting.push(() => socket.write(answerWith('first'))) })
  const client = await gateway.open(requestHead('GET /stomp/a') +
    requestHead('POST /stomp/b', ['Transfer-Encoding: gzip, chunked']) + '0\r\n\r\n' + requestHead('GET /stomp/c'))
  await gateway.instance.seen(seen => seen.includes('GET /a '))
  waiting.pop()!()
  t.strictSame(readAnswers(await client.closed()).map(({ status }) => status), [200, 400])
  t.match((await gateway.instanceBytes()).match(/^(?:GET|POST) .*/gm), ['GET /a HTTP/1.1'])
})

for (const [name, answer] of [['before an answer', ''], ['while it streams', CHUNKED]] as const) {
  t.test(`clients that leave ${name} cost the instance no connection more`, async t => {
    const gateway = await gatewayPair(t, {}, (_head, socket) => { if (answer !== '') socket.write(answer) })
    const clients = await Promise.all(Array.from({ length: 10 }, () => gateway.open(requestHead('GET /stomp/a'))))
    const sockets = await Promise.all(clients.map((_, n) => gateway.instance.connection(n)))
    await Promise.all(clients.map((_, n) => gateway.instance.seen(seen => seen.endsWith('\r\n\r\n'), n)))
    if (answer !== '') await Promise.all(clients.map(client => client.until(seen => seen.includes('one'))))
    for (const { socket } of clients) socket.resetAndDestroy()
    await Promise.all(sockets.map(gone))
    await gateway.instanceBytes()
    await isAtRest(t, gateway)
    t.equal(gateway.instance.sockets.length, 11, 'one each, and one for the request that looked')
    t.match(gateway.app.pool.instances[0], { failures: 0, asideUntil: 0 })
  })
}
