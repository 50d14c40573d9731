import t, { type Test } from 'tap'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import httpProxy from '@fastify/http-proxy'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyInstance } from 'fastify'
import WebSocket, { WebSocketServer } from 'ws'
import { originGate, type OriginGateOptions } from '../../src/gate.js'
import { compileOwnOrigins } from '../../src/origin/decide.js'
import { LivePolicy } from '../../src/origin/live-policy.js'
import type { OriginSink } from '../../src/origin/policy.js'
import { readAnswers } from '../helper/gateway-pair.js'
import { rawSocket, requestHead, upgradeHead } from '../helper/raw-socket.js'

const LISTED = 'https://app.example.com'
const EVIL = 'https://evil.test'

/** An app of somebody else, with the gate, listening. */
async function listening (
  t: Test, options: OriginGateOptions, routes: (app: FastifyInstance) => Promise<unknown>
) {
  const lines: Array<Record<string, unknown>> = []
  const app = Fastify({
    forceCloseConnections: true,
    logger: { stream: { write: (line: string) => { lines.push(JSON.parse(line)) } } }
  })
  t.teardown(() => app.close())
  await app.register(originGate, options)
  await routes(app)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return { app, port, url: `http://127.0.0.1:${port}`, lines }
}

async function plain (app: FastifyInstance) {
  app.get('/own', async (_request, reply) => reply
    .header('access-control-allow-origin', '*').header('access-control-expose-headers', 'x-secret')
    .header('vary', 'Accept').send('ok'))
  app.get('/fails', async () => { throw new Error('boom') })
  app.options('/options', async () => 'the route answers')
  app.get('/sockjs/info', { config: { sockjs: true } }, async () => '{}')
}

const from = (origin: string, more: Record<string, string> = {}) => ({ headers: { origin, ...more } })

t.test('HTTP: a listed origin gets its own name back whatever the handler said; others meet no handler', async t => {
  const { url, lines } = await listening(t, { policy: [LISTED], exposedHeaders: ['x-total'] }, plain)
  for (const [path, status] of [['/own', 200], ['/fails', 500], ['/none', 404]] as const) {
    const answer = await fetch(url + path, from(LISTED))
    t.equal(answer.status, status)
    t.equal(answer.headers.get('access-control-allow-origin'), LISTED, path)
    t.equal(answer.headers.get('access-control-allow-credentials'), 'true')
    t.equal(answer.headers.get('access-control-expose-headers'), 'x-total')
    t.match(answer.headers.get('vary'), /Origin/)
    const refused = await fetch(url + path, from(EVIL))
    t.equal(refused.status, 403)
    t.same([...refused.headers.keys()].filter(name => name.startsWith('access-control')), [])
    t.equal(refused.headers.get('vary'), 'Origin')
    t.match(await refused.json(), { code: 'ERR_ORIGIN_NOT_ALLOWED', message: /evil\.test.*add it to the policy of this app/ })
  }
  t.equal((await fetch(url + '/own', from(LISTED))).headers.get('vary'), 'Origin, Accept')
  const without = await fetch(url + '/own')
  t.equal(without.headers.get('access-control-allow-origin'), null, 'no Origin, no CORS headers')
  t.match(lines.find(({ msg }) => msg === 'origin refused'), { origin: EVIL, reason: 'not-listed', door: 'http', route: '/own' })
})

t.test('a preflight is answered here, other OPTIONS by the routes', async t => {
  const { url } = await listening(t, { policy: [LISTED] }, plain)
  const asks = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-a' }
  const preflight = await fetch(url + '/own', { method: 'OPTIONS', ...from(LISTED, asks) })
  t.equal(preflight.status, 204)
  t.equal(preflight.headers.get('access-control-allow-origin'), LISTED)
  t.equal(preflight.headers.get('access-control-allow-headers'), 'x-a')
  t.match(preflight.headers.get('vary'), /Origin/)
  t.equal((await fetch(url + '/own', { method: 'OPTIONS', ...from(EVIL, asks) })).status, 403)
  const other = await fetch(url + '/options', { method: 'OPTIONS', ...from(LISTED) })
  t.equal(await other.text(), 'the route answers')
  t.equal(other.headers.get('access-control-allow-origin'), LISTED)
})

t.test('a route that says it is SockJS refuses another site without Origin, and the app\'s own origin passes', async t => {
  const { url } = await listening(t, { policy: [], publicOrigins: ['https://own.example.com'] }, plain)
  const crossSite = { headers: { 'sec-fetch-site': 'cross-site' } }
  t.equal((await fetch(url + '/sockjs/info', crossSite)).status, 403)
  t.equal((await fetch(url + '/own', crossSite)).status, 200)
  t.equal((await fetch(url + '/own', from('https://own.example.com'))).status, 200)
  t.equal((await fetch(url + '/own', from(LISTED))).status, 403)
})

t.test('a request of HTTP/1.0 without Host is judged by its Origin alone', async t => {
  const { port } = await listening(t, { policy: [LISTED] }, plain)
  for (const [origin, status] of [[LISTED, 200], [EVIL, 403]] as const) {
    const client = await rawSocket(t, port, `GET /own HTTP/1.0\r\nOrigin: ${origin}\r\n\r\n`)
    t.match(await client.closed(), `HTTP/1.1 ${status}`)
  }
})

t.test('an Origin behind more header lines than Node keeps is judged all the same', async t => {
  const { port } = await listening(t, { policy: [LISTED] }, async app => {
    await plain(app)
    await app.register(websocket)
    app.get('/ws', { websocket: true }, socket => { socket.send('secret') })
  })
  const lines = [...Array<string>(1_100).fill('a:'), `Origin: ${EVIL}`]
  for (const head of [requestHead('GET /own', lines), upgradeHead('/ws', lines)]) {
    const client = await rawSocket(t, port, head)
    await client.until(bytes => readAnswers(bytes).length > 0)
    t.equal(readAnswers(client.received())[0]?.status, 403)
  }
})

t.test('without Origin an upgrade is let in unless the app says otherwise', async t => {
  const { url } = await listening(t, { policy: [LISTED] }, async app => {
    await app.register(websocket)
    app.get('/ws', { websocket: true }, socket => { socket.on('message', data => socket.send(String(data))) })
  })
  t.equal(await echo(`${url}/ws`, undefined), 'hello')
})

t.test('a policy under HTTP/2 is told the authority as Host', async t => {
  const asked: string[] = []
  const app = Fastify({ http2: true })
  t.teardown(() => app.close())
  await app.register(originGate, {
    policy: {
      match: (_origin, { host }) => {
        asked.push(host)
        return 'any'
      }
    }
  })
  app.get('/own', async () => 'ok')
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const client = connectHttp2(url)
  t.teardown(() => client.close())
  const request = client.request({ ':path': '/own', origin: LISTED })
  const [headers] = await once(request, 'response')
  request.resume()
  t.equal(headers[':status'], 200)
  t.same(asked, [new URL(url).host])
})

const slips = [
  ['no options', undefined, /policy must be an array of allow-list entries, or an object with a match function/],
  ['a text for a policy', { policy: LISTED }, /policy must be/],
  ['a policy without a function', { policy: { match: 7 } }, /policy must be/],
  ['an unknown option', { policy: [], allowed: [LISTED] }, /has no option allowed: it takes policy, publicOrigins/]
] as const
for (const [name, options, message] of slips) {
  t.test(`${name} stops the app and names the mend`, async t => {
    const app = Fastify()
    t.teardown(() => app.close())
    const given = options as unknown as OriginGateOptions
    await t.rejects(async () => { await app.register(originGate, given) }, { message })
  })
}

t.test('doubtful entries are told in the log of the app', async t => {
  const { lines } = await listening(t, { policy: [LISTED, 'http://old.example.com'] }, plain)
  t.match(lines.filter(({ msg }) => msg === 'origin entry is doubtful'), [{ entry: 'http://old.example.com', doubts: [/https/] }])
})

t.test('a bad entry stops the app with its mend', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  await t.rejects(async () => { await app.register(originGate, { policy: ['https://*.com'] }) },
    { name: 'AllowListError', message: /example\.com/ })
})

/** Echoes over WebSocket; resolves with what came back, or rejects with the status of the refusal. */
async function echo (url: string, origin: string | undefined): Promise<string> {
  const socket = new WebSocket(url.replace('http', 'ws'), { ...(origin !== undefined && { origin }) })
  socket.on('open', () => socket.send('hello'))
  socket.on('error', () => {})
  const refused = once(socket, 'unexpected-response')
  const [kind, value] = await Promise.race([
    once(socket, 'message').then(([data]) => ['echo', String(data)] as const),
    refused.then(([, response]) => ['status', String((response as IncomingMessage).statusCode)] as const)
  ])
  socket.terminate()
  return kind === 'echo' ? value : `refused ${value}`
}

/** The whole answer, and that the connection ends after it. */
async function refusal (t: Test, port: number, path: string, lines: readonly string[]) {
  const bytes = await (await rawSocket(t, port, upgradeHead(path, lines))).closed()
  return readAnswers(bytes)[0]
}

t.test('@fastify/websocket: a refused upgrade is a 403 whose connection ends, an allowed one is served', async t => {
  const { port, url } = await listening(t, { policy: [LISTED], missingOriginOnUpgrade: 'deny' }, async app => {
    await app.register(websocket)
    app.get('/ws', { websocket: true }, socket => { socket.on('message', data => socket.send(String(data))) })
  })
  t.equal(await echo(`${url}/ws`, LISTED), 'hello')
  t.equal(await echo(`${url}/ws`, EVIL), 'refused 403')
  t.equal(await echo(`${url}/ws`, undefined), 'refused 403')
  for (const lines of [[`Origin: ${EVIL}`], [`Origin: ${LISTED}`, `Origin: ${EVIL}`], ['Origin: null'], []]) {
    const answer = await refusal(t, port, '/ws', lines)
    t.equal(answer?.status, 403, lines.join())
    t.match(answer?.head, /connection: close/i)
    t.notMatch(answer?.head, /access-control/i)
  }
})

/** A service that says `*` to everyone, echoes over WebSocket, and counts what reaches it. */
async function service (t: Test) {
  let requests = 0
  const server = createServer((_request: IncomingMessage, response: ServerResponse) => {
    requests++
    response.writeHead(200, { 'access-control-allow-origin': '*', 'access-control-allow-methods': '*', vary: 'Accept' }).end('service')
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', socket => {
    requests++
    socket.on('message', data => socket.send(String(data)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const client of sockets.clients) client.terminate()
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests }
}

t.test('@fastify/http-proxy with websocket: one list for both, and the service\'s CORS headers are replaced', async t => {
  const upstream = await service(t)
  const { port, url } = await listening(t, { policy: [LISTED] }, async app => {
    await app.register(httpProxy, { upstream: upstream.url, prefix: '/chat', websocket: true })
  })
  t.equal((await fetch(`${url}/chat/info`, from(EVIL))).status, 403)
  t.equal((await refusal(t, port, '/chat/ws', [`Origin: ${EVIL}`]))?.status, 403)
  t.equal(upstream.requests(), 0, 'nothing refused reaches the service')

  const client = await rawSocket(t, port, requestHead('GET /chat/info', [`Origin: ${LISTED}`]))
  await client.until(bytes => readAnswers(bytes).length > 0)
  const [answer] = readAnswers(client.received())
  t.same(answer?.header('access-control-allow-origin'), [LISTED], 'exactly one')
  t.same(answer?.header('access-control-allow-methods'), [])
  t.same(answer?.header('vary'), ['Origin, Accept'])
  t.equal(answer?.body, 'service')
  t.equal(await echo(`${url}/chat/ws`, LISTED), 'hello')
})

t.test('a policy that changes while the app runs is asked anew for each request', async t => {
  let sink: OriginSink | undefined
  const policy = new LivePolicy({
    sources: [{
      name: 'test',
      open: async given => {
        sink = given
        await sink.deliver([LISTED])
      },
      reload: async () => {},
      close: async () => {}
    }],
    own: compileOwnOrigins([]).allowList,
    missingOnUpgrade: 'allow',
    now: Date.now,
    pause: async () => {},
    rest: async () => {},
    onEvent: () => {}
  })
  await policy.start()
  const { url } = await listening(t, { policy }, plain)
  t.equal((await fetch(`${url}/own`, from(LISTED))).status, 200)
  await sink?.deliver(['https://other.example.com'])
  t.equal((await fetch(`${url}/own`, from(LISTED))).status, 403)
  t.equal((await fetch(`${url}/own`, from('https://other.example.com'))).status, 200)
})
