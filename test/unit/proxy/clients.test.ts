import { once } from 'node:events'
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls'
import type { AddressInfo, Socket } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { parseUpstreams, type Upstream } from '../../../src/config/upstreams.js'
import type { ResponsePart } from '../../../src/http/response-reader.js'
import { createClients, type ClientOptions, type ConnectionKind } from '../../../src/proxy/clients.js'
import { dial } from '../../../src/proxy/dial.js'
import type { HttpConnection } from '../../../src/proxy/http-connection.js'
import { createInstance } from '../../../src/upstream/instance.js'
import { CERTIFICATE, PRIVATE_KEY } from '../../helper/certificate.js'
import { answerWith, fakeInstance } from '../../helper/fake-instance.js'

const LARGE = 1_048_576

const HEAD = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n'

/** A client of one instance, with a clock that the test moves. */
function client (t: Test, url: string, options: Partial<ClientOptions> = {}) {
  const instance = createInstance('one', parseUpstreams(url).upstreams[0] as Upstream)
  const clock = { now: 0 }
  const clients = createClients([instance], {
    connectTimeoutMs: 1_000,
    responseTimeoutMs: 10_000,
    silenceMs: 60_000,
    bodyLimitBytes: 100,
    now: () => clock.now,
    ...options
  })
  t.teardown(clients.close)
  /** Sends one request: resolves with the body of its answer, rejects with its error. */
  const ask = (kind: ConnectionKind = 'kept', onPart: (part: ResponsePart) => void = () => {}) => {
    let connection: HttpConnection | undefined
    const answer = new Promise<string>((resolve, reject) => {
      let body = ''
      const exchange = {
        onSend: () => {},
        onPart: (part: ResponsePart) => {
          for (const bytes of part.body) body += bytes.toString('latin1')
          onPart(part)
          if (part.ended) resolve(body)
        },
        onError: reject
      }
      connection = clients.clientOf(instance).dispatch({ method: 'GET', head: HEAD, body: undefined }, exchange, kind)
    })
    return { answer, connection: connection as HttpConnection }
  }
  return { ask, clock, clients }
}

t.test('sends one request after another on one connection', async t => {
  const far = await fakeInstance(t)
  const { ask } = client(t, far.url)
  for (let count = 0; count < 3; count++) t.equal(await ask().answer, 'ok')
  t.strictSame(far.received, [HEAD.repeat(3)])
})

t.test('has a connection for each request under way, and uses the last one that came free first', async t => {
  const held: Socket[] = []
  const far = await fakeInstance(t, (_head, socket) => { held.push(socket) })
  const { ask } = client(t, far.url)
  const [first, second] = [ask(), ask()]
  await far.seen(bytes => bytes === HEAD, 1)
  await far.seen(bytes => bytes === HEAD, 0)
  for (const socket of held.splice(0)) {
    socket.write(answerWith('ok'))
    await Promise.race([first.answer, second.answer])
  }
  await Promise.all([first.answer, second.answer])
  const third = ask()
  const last = third.connection === first.connection ? first.connection : second.connection
  t.equal(third.connection, last)
  t.equal(far.sockets.length, 2)
})

t.test('a connection of its own is new and is not kept', async t => {
  const far = await fakeInstance(t)
  const { ask } = client(t, far.url)
  await ask().answer
  await ask('new').answer
  t.strictSame(far.received, [HEAD, HEAD])
  const [, own] = far.sockets as [Socket, Socket]
  if (!own.readableEnded) await once(own, 'end')
  await ask().answer
  t.strictSame(far.received, [HEAD.repeat(2), HEAD])
})

t.test('does not use a connection whose time is over, nor keep it open', async t => {
  const far = await fakeInstance(t)
  const { ask, clock } = client(t, far.url)
  await ask().answer
  clock.now = 3_999
  await ask().answer
  t.equal(far.sockets.length, 1)
  clock.now += 4_000
  await ask().answer
  t.equal(far.sockets.length, 2)
  clock.now += 4_000
  const [first, second] = far.sockets as [Socket, Socket]
  for (const socket of [first, second]) if (!socket.readableEnded) await once(socket, 'end') // swept, unasked
})

t.test('the sweep leaves those whose time is not over', async t => {
  const far = await fakeInstance(t, (_head, socket) => {
    socket.write(answerWith('ok', socket === far.sockets[0] ? ['Keep-Alive: timeout=60'] : []))
  })
  const { ask, clock } = client(t, far.url)
  await Promise.all([ask().answer, ask().answer])
  const [one, other] = far.sockets as [Socket, Socket]
  clock.now = 10_000
  await Promise.race([once(one, 'end'), once(other, 'end')])
  await ask().answer
  t.equal(far.sockets.length, 2)
})

t.test('a connection that its instance closes while it is free is not used', async t => {
  const far = await fakeInstance(t)
  const { ask } = client(t, far.url)
  const { answer, connection } = ask()
  await answer
  far.sockets[0]!.end()
  while (!connection.isClosed) await new Promise(resolve => setImmediate(resolve))
  await ask().answer
  t.equal(far.sockets.length, 2)
})

t.test('bytes that nobody asked for end a connection', async t => {
  const far = await fakeInstance(t)
  const { ask } = client(t, far.url)
  await ask().answer
  const [socket] = far.sockets as [Socket]
  socket.write(answerWith('evil'))
  await once(socket, 'end')
  t.equal(await ask().answer, 'ok')
  t.equal(far.sockets.length, 2)
})

t.test('more bytes than the answer has end the connection behind it', async t => {
  const far = await fakeInstance(t, (_head, socket) => {
    socket.write(far.sockets.length === 1 ? answerWith('good') + answerWith('evil') : answerWith('other'))
  })
  const { ask } = client(t, far.url)
  t.equal(await ask().answer, 'good')
  t.equal(await ask().answer, 'other')
})

t.test('an answer without framing ends with the connection', async t => {
  const far = await fakeInstance(t, (_head, socket) => { socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end') })
  const { ask } = client(t, far.url)
  t.equal(await ask().answer, 'until the end')
})

const failures = [
  ['a connection that ends before the answer', (socket: Socket) => socket.end(), 'the instance closed the connection'],
  ['a connection that ends within the answer', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab'), 'the instance closed the connection'],
  ['a connection that is reset', (socket: Socket) => socket.resetAndDestroy(), 'read ECONNRESET'],
  ['an answer that is none', (socket: Socket) => socket.write('220 ready\r\n'), 'it is none of HTTP/1.1']
] as const
for (const [name, act, message] of failures) {
  t.test(`tells of ${name}`, async t => {
    const far = await fakeInstance(t, (_head, socket) => { act(socket) })
    const { ask } = client(t, far.url)
    await t.rejects(ask().answer, { message })
  })
}

t.test('gives up an answer that is silent for too long, but not one that is not read', async t => {
  const far = await fakeInstance(t, (_head, socket) => { socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na') })
  const options = { silenceMs: 100 }
  const paused = client(t, far.url, options).ask('kept', () => paused.connection.pause())
  let isOver = false
  const outcome = paused.answer.catch((error: Error) => {
    isOver = true
    return error.message
  })
  await t.rejects(client(t, far.url, options).ask().answer, { message: 'the answer stopped' })
  await t.rejects(client(t, far.url, options).ask().answer, { message: 'the answer stopped' })
  t.notOk(isOver)
  paused.connection.resume()
  t.equal(await outcome, 'the answer stopped')
})

t.test('closing gives up what is under way without a word', async t => {
  const far = await fakeInstance(t, () => {})
  const { ask, clients } = client(t, far.url)
  let told = false
  const { answer } = ask()
  answer.catch(() => { told = true })
  await far.seen(bytes => bytes === HEAD)
  clients.close()
  const [socket] = far.sockets as [Socket]
  if (!socket.readableEnded) await once(socket, 'end')
  t.notOk(told)
})

/** An instance with TLS, and a `dial` that trusts it. */
async function tlsInstance (t: Test, onRequest: (socket: Socket) => void) {
  const server = createServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, socket => {
    socket.on('error', () => {})
    socket.on('data', () => onRequest(socket))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const dialled: TLSSocket[] = []
  const dial: ClientOptions['dial'] = (_upstream, _timeoutMs, done, inlet) => {
    const socket = connectTls({ host: '127.0.0.1', port, ca: CERTIFICATE, checkServerIdentity: () => undefined })
    socket.on('data', (chunk: Buffer) => inlet?.reader.accept(chunk.length, chunk))
    dialled.push(socket)
    return socket.once('secureConnect', () => done(null, socket)).on('error', error => done(error, null))
  }
  return { url: `https://127.0.0.1:${port}`, dial, dialled }
}

t.test('an instance with TLS is spoken to alike', async t => {
  const { url, dial, dialled } = await tlsInstance(t, socket => socket.write(answerWith('secret')))
  const { ask } = client(t, url, { dial })
  t.equal(await ask().answer, 'secret')
  t.equal(await ask().answer, 'secret')
  t.equal(dialled.length, 1)
})

t.test('an instance with TLS that nobody vouches for gets no request', async t => {
  let requests = 0
  const { url } = await tlsInstance(t, () => { requests++ })
  const { ask } = client(t, url)
  await t.rejects(ask().answer, { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  t.equal(requests, 0)
})

t.test('bytes that were read before a connection was closed reach nobody', async t => {
  const { url, dial, dialled } = await tlsInstance(t, socket => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE}\r\n\r\n`)
    socket.write(Buffer.alloc(LARGE))
  })
  let parts = 0
  let onFirst = () => {}
  const first = new Promise<void>(resolve => { onFirst = resolve })
  const { connection } = client(t, url, { dial }).ask('kept', () => {
    parts++
    connection.pause()
    onFirst()
  })
  await first
  const [socket] = dialled as [TLSSocket]
  while (socket.readableLength === 0) await new Promise(resolve => setImmediate(resolve))
  connection.resume()
  connection.close()
  await once(socket, 'close')
  t.equal(parts, 1)
})

t.test('a connection on which a request still waits to be sent is not used for another', async t => {
  const far = await fakeInstance(t)
  const corked: Socket[] = []
  const { ask } = client(t, far.url, {
    dial: (upstream, timeoutMs, done, take) => dial(upstream, timeoutMs, (error, socket) => {
      if (corked.length === 0) {
        socket?.cork()
        corked.push(socket as Socket)
      }
      done(error, socket)
    }, take)
  })
  const early = ask()
  const instance = await far.connection()
  instance.write(answerWith('early'))
  t.equal(await early.answer, 'early')
  t.equal(await ask().answer, 'ok')
  t.strictSame(far.received, ['', HEAD])
})
