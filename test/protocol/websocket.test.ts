import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { WebSocket, WebSocketServer, type ClientOptions, type ServerOptions } from 'ws'
import { listen } from '../helper/build.js'
import { fakeInstance, answerWith } from '../helper/fake-instance.js'

const ORIGIN = 'https://app.example.com'
const MEBIBYTE = 1_048_576

interface Pair { client: WebSocket, server: WebSocket, request: IncomingMessage }

interface PairOptions {
  settings?: Record<string, string>
  server?: ServerOptions
  client?: ClientOptions
  protocols?: string[]
  path?: string
}

/** A `ws` instance behind a gateway, and a `ws` client that reaches it. */
async function connectPair (
  t: Test, { settings = {}, server = {}, client = {}, protocols = [], path = '/stomp/ws' }: PairOptions = {}
): Promise<Pair> {
  const instance = new WebSocketServer({ host: '127.0.0.1', port: 0, ...server })
  t.teardown(() => {
    for (const socket of instance.clients) socket.terminate()
    instance.close()
  })
  await once(instance, 'listening')
  const { port } = instance.address() as AddressInfo
  const gateway = await listen(t, {
    STOMP_UPSTREAMS: `http://127.0.0.1:${port}`, ALLOWED_ORIGINS: ORIGIN, ...settings
  })
  const connected = once(instance, 'connection')
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}${path}`, protocols, client)
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  const [far, request] = await connected as [WebSocket, IncomingMessage]
  return { client: socket, server: far, request }
}

/** What the instance says to an upgrade it refuses, as a `ws` client sees it. */
async function refusal (url: string): Promise<{ status: number, headers: IncomingMessage['headers'], body: string }> {
  const socket = new WebSocket(url)
  socket.on('error', () => {})
  const [, answer] = await once(socket, 'unexpected-response') as [unknown, IncomingMessage]
  let body = ''
  for await (const chunk of answer) body += chunk
  return { status: answer.statusCode!, headers: answer.headers, body }
}

t.test('passes the subprotocols that are offered and the one that is chosen', async t => {
  const offered = ['v12.stomp', 'v11.stomp', 'v10.stomp']
  for (const chosen of offered) {
    const server = { handleProtocols: () => chosen }
    const { client, request } = await connectPair(t, { protocols: offered, server })
    t.equal(client.protocol, chosen)
    t.equal(request.headers['sec-websocket-protocol'], 'v12.stomp,v11.stomp,v10.stomp')
  }
})

t.test('lets both ends negotiate compression, and chooses none for them', async t => {
  const on = await connectPair(t, { server: { perMessageDeflate: { threshold: 0 } } })
  t.match(on.client.extensions, 'permessage-deflate')
  on.client.send('a'.repeat(100_000))
  t.equal(String((await once(on.server, 'message'))[0]), 'a'.repeat(100_000))
  on.server.send('b'.repeat(100_000))
  t.equal(String((await once(on.client, 'message'))[0]), 'b'.repeat(100_000))
  const off = await connectPair(t, { server: { perMessageDeflate: false } })
  t.equal(off.client.extensions, '')
})

for (const code of [1000, 1001, 1008, 1011, 3000, 4006]) {
  t.test(`passes close code ${code} both ways untouched`, async t => {
    const fromServer = await connectPair(t)
    fromServer.server.close(code, `reason ${code}`)
    const [seen, reason] = await once(fromServer.client, 'close')
    t.same([seen, String(reason)], [code, `reason ${code}`])
    const fromClient = await connectPair(t)
    fromClient.client.close(code, `reason ${code}`)
    const [seenThere, reasonThere] = await once(fromClient.server, 'close')
    t.same([seenThere, String(reasonThere)], [code, `reason ${code}`])
  })
}

t.test('shows an end without a close frame as 1006 on the other side, both ways', async t => {
  const fromServer = await connectPair(t)
  fromServer.server.terminate()
  t.equal((await once(fromServer.client, 'close'))[0], 1006)
  const fromClient = await connectPair(t)
  fromClient.client.terminate()
  t.equal((await once(fromClient.server, 'close'))[0], 1006)
})

t.test('passes messages of 1 MiB both ways, text and binary', async t => {
  const { client, server } = await connectPair(t)
  const binary = randomBytes(MEBIBYTE)
  const text = 'ü'.repeat(MEBIBYTE / 2)
  for (const [from, to] of [[client, server], [server, client]] as const) {
    from.send(binary)
    const [bytes, isBinary] = await once(to, 'message') as [Buffer, boolean]
    t.ok(isBinary && bytes.equals(binary))
    from.send(text)
    const [letters, isAlsoBinary] = await once(to, 'message') as [Buffer, boolean]
    t.ok(!isAlsoBinary && String(letters) === text)
  }
})

t.test('passes fragments, pings and pongs as they are', async t => {
  const { client, server } = await connectPair(t, { client: { perMessageDeflate: false } })
  const whole = once(server, 'message')
  client.send('one ', { fin: false })
  client.ping('between')
  client.send('two ', { fin: false })
  client.send('three', { fin: true })
  t.equal(String((await whole)[0]), 'one two three')
  const pong = once(client, 'pong')
  client.ping('anybody there')
  t.equal(String((await pong)[0]), 'between', 'the first pong answers the ping between two fragments')
})

t.test('passes 1,000 messages each way in order', async t => {
  const { client, server } = await connectPair(t)
  const wanted = Array.from({ length: 1_000 }, (_, i) => `message ${i}`)
  for (const [from, to] of [[client, server], [server, client]] as const) {
    const seen: string[] = []
    const all = new Promise<void>(resolve => {
      to.on('message', data => { if (seen.push(String(data)) === wanted.length) resolve() })
    })
    for (const text of wanted) from.send(text)
    await all
    t.same(seen, wanted)
  }
})

t.test('passes cookie, authorization, query and base path, and says who asked', async t => {
  const { request } = await connectPair(t, {
    path: '/stomp/ws/a%20b?token=1%2B1&x',
    client: { origin: ORIGIN, headers: { cookie: 'a=1; b=2', authorization: 'Bearer abc', 'x-forwarded-for': '6.6.6.6' } }
  })
  t.equal(request.url, '/ws/a%20b?token=1%2B1&x')
  t.match(request.headers, {
    cookie: 'a=1; b=2',
    authorization: 'Bearer abc',
    origin: undefined,
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-prefix': '/stomp'
  })
})

t.test('passes the Origin on when UPSTREAM_ORIGIN is preserve', async t => {
  const { request } = await connectPair(t, { settings: { UPSTREAM_ORIGIN: 'preserve' }, client: { origin: ORIGIN } })
  t.equal(request.headers.origin, ORIGIN)
})

t.test('maps the prefix to the base path of the instance', async t => {
  const server = createServer()
  const seen = once(server, 'upgrade') as Promise<[IncomingMessage, Socket]>
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  const { port } = server.address() as AddressInfo
  const { url } = await listen(t, { STOMP_UPSTREAMS: `http://127.0.0.1:${port}/base`, STOMP_PREFIX: '/chat/v1' })
  const refused = refusal(`${url.replace('http', 'ws')}/chat/v1/ws/?q`)
  const [request, socket] = await seen
  t.equal(request.url, '/base/ws/?q')
  socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n')
  t.equal((await refused).status, 404)
})

for (const status of ['401 Unauthorized', '403 Forbidden', '404 Not Found', '500 Internal Server Error', '503 Service Unavailable', '200 OK']) {
  t.test(`relays ${status} of an instance that refuses an upgrade, headers and body included`, async t => {
    const answer = answerWith('because', ['WWW-Authenticate: Bearer', 'Set-Cookie: a=1', 'Set-Cookie: b=2',
      'Access-Control-Allow-Origin: *'], status)
    const instance = await fakeInstance(t, (_head, socket) => { socket.write(answer) })
    const { app, url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
    const { status: seen, headers, body } = await refusal(`${url.replace('http', 'ws')}/stomp/ws`)
    t.match([`${seen}`, body], [status.slice(0, 3), 'because'])
    t.match(headers, { 'www-authenticate': 'Bearer', 'set-cookie': ['a=1', 'b=2'], vary: 'Origin', connection: 'close' })
    t.equal(headers['access-control-allow-origin'], undefined)
    t.equal(app.pool.instances[0]!.open, 0)
    t.equal(app.tunnelCount(), 0)
    t.equal(instance.sockets.length, 1, 'a handshake that was sent is not sent again')
  })
}

t.test('shows a refusal that breaks off as broken', async t => {
  const instance = await fakeInstance(t, (_head, socket) => { socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nbec') })
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  await t.rejects(refusal(`${url.replace('http', 'ws')}/stomp/ws`))
})

t.test('cuts a refusal that stalls', async t => {
  const instance = await fakeInstance(t, (_head, socket) => { socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nbec') })
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url, UPGRADE_TIMEOUT_MS: '100' })
  await t.rejects(refusal(`${url.replace('http', 'ws')}/stomp/ws`))
  const socket = await instance.connection()
  if (!socket.readableEnded) await once(socket, 'end')
})
