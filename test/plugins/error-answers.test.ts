import t from 'tap'
import { STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { buildAdmin } from '../../src/admin.js'
import * as catalogue from '../../src/errors.js'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { build } from '../helper/build.js'
import { rawSocket, requestHead, SWITCH, upgradeHead } from '../helper/raw-socket.js'

const close = 'Connection: close'
const get = (path: string, ...lines: string[]) => requestHead(`GET ${path}`, [close, ...lines])

interface Case {
  code: keyof typeof catalogue
  /** The bytes of the request that gets it. */
  bytes: string
  settings?: Record<string, string>
  /** What the instance does with a request; by default it answers 200. */
  instance?: (head: string, socket: import('node:net').Socket) => void
  /** Header lines that the answer must have. */
  headers?: RegExp[]
  /** Opens a tunnel, which stays open, before the request. */
  tunnel?: boolean
  drains?: boolean
}

const cases: Case[] = [
  { code: 'ERR_ORIGIN_NOT_ALLOWED', bytes: get('/', 'Origin: https://evil.test') },
  { code: 'ERR_PREFLIGHT_INVALID', bytes: requestHead('OPTIONS /stomp/ws', [close]) },
  { code: 'ERR_ROUTE_NOT_FOUND', bytes: get('/nowhere') },
  { code: 'ERR_ROUTE_NOT_FOUND', bytes: upgradeHead('/healthz') },
  { code: 'ERR_ROUTE_NOT_FOUND', bytes: get('/st%6fmp/ws/info') },
  { code: 'ERR_TRANSPORT_DISABLED', bytes: get('/stomp/ws/000/abc/jsonp') },
  { code: 'ERR_REQUEST_MALFORMED', bytes: 'NONSENSE\r\n\r\n' },
  { code: 'ERR_REQUEST_MALFORMED', bytes: 'POST /stomp/ws HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' },
  { code: 'ERR_REQUEST_HOST_INVALID', bytes: `GET / HTTP/1.1\r\n${close}\r\n\r\n` },
  { code: 'ERR_REQUEST_PATH_INVALID', bytes: get('/stomp/..;/x') },
  { code: 'ERR_REQUEST_TIMEOUT', bytes: 'GET / HTTP/1.1\r\nHost: a\r\n', settings: { HEADERS_TIMEOUT_MS: '100' } },
  { code: 'ERR_BODY_TOO_LARGE', bytes: `${requestHead('POST /stomp/ws', [close, 'Content-Length: 11'])}01234567890`, settings: { BODY_LIMIT_BYTES: '10' } },
  { code: 'ERR_EXPECTATION_FAILED', bytes: get('/', 'Expect: a-pony') },
  { code: 'ERR_REQUEST_HEAD_TOO_LARGE', bytes: get('/', `X: ${'x'.repeat(17_000)}`) },
  { code: 'ERR_UPGRADE_INVALID', bytes: get('/stomp/ws', 'Upgrade: foo').replace('close', 'Upgrade') },
  {
    code: 'ERR_UPGRADE_VERSION',
    bytes: upgradeHead('/stomp/ws/websocket').replace('Version: 13', 'Version: 8'),
    headers: [/^sec-websocket-version: 13\r$/im, /^upgrade: websocket\r$/im, /^connection: upgrade, close\r$/im]
  },
  { code: 'ERR_UPSTREAM_CONNECT', bytes: get('/stomp/ws'), settings: { STOMP_UPSTREAMS: 'http://127.0.0.1:9' } },
  { code: 'ERR_UPSTREAM_CONNECT', bytes: upgradeHead('/stomp/ws'), settings: { STOMP_UPSTREAMS: 'http://127.0.0.1:9' } },
  { code: 'ERR_UPSTREAM_RESPONSE', bytes: get('/stomp/ws'), instance: (_, socket) => socket.end('BOO\r\n\r\n') },
  { code: 'ERR_UPSTREAM_TIMEOUT', bytes: get('/stomp/ws'), settings: { RESPONSE_TIMEOUT_MS: '100' }, instance: () => {} },
  { code: 'ERR_UPSTREAM_TIMEOUT', bytes: upgradeHead('/stomp/ws'), settings: { UPGRADE_TIMEOUT_MS: '100' }, instance: () => {} },
  { code: 'ERR_TUNNELS_FULL', bytes: upgradeHead('/stomp/ws'), settings: { MAX_TUNNELS: '1' }, tunnel: true, headers: [/^retry-after: 5\r$/im] },
  { code: 'ERR_SHUTTING_DOWN', bytes: upgradeHead('/stomp/ws'), tunnel: true, drains: true, headers: [/^retry-after: 5\r$/im] },
  { code: 'ERR_INTERNAL', bytes: get('/boom') }
]

function switchOrAnswer (head: string, socket: import('node:net').Socket): void {
  socket.write(/^upgrade: websocket/im.test(head) ? SWITCH : answerWith('ok'))
}

async function gateway (t: Test, { settings = {}, instance = switchOrAnswer }: Partial<Case>) {
  const { url } = await fakeInstance(t, instance)
  const built = await build(t, { STOMP_UPSTREAMS: url, LOG_LEVEL: 'debug', ...settings })
  built.app.get('/boom', async () => { throw new Error('10.9.8.7 fell over', { cause: new Error('deep') }) })
  built.app.get('/string', async () => { throw Object.assign(new Error('quota'), { statusCode: 418 }) })
  await built.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = built.app.server.address() as AddressInfo
  return { ...built, port }
}

for (const row of cases) {
  const { code, bytes } = row
  t.test(`${code} is the answer to ${JSON.stringify(bytes.slice(0, 40))}, in the one shape`, async t => {
    const { app, port } = await gateway(t, row)
    if (row.tunnel === true) {
      const tunnel = await rawSocket(t, port, upgradeHead('/stomp/ws'))
      await tunnel.until(seen => seen.startsWith('HTTP/1.1 101'))
    }
    const drained = row.drains === true ? app.drain() : undefined
    const client = await rawSocket(t, port, bytes)
    const answer = await client.closed()
    app.endTunnels()
    await drained

    const [head = '', body = ''] = answer.split('\r\n\r\n')
    const statusCode = new catalogue[code]().statusCode as number
    t.match(head, `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\n`)
    t.match(head, /^content-type: application\/json; charset=utf-8\r?$/im)
    t.match(head, /^vary: Origin\r?$/im)
    for (const header of row.headers ?? []) t.match(head, header)
    const told = JSON.parse(body)
    t.same(Object.keys(told), ['statusCode', 'code', 'error', 'message', 'requestId'])
    t.match(told, { statusCode, code, error: STATUS_CODES[statusCode], message: /\w/, requestId: /^[0-9a-f-]{36}$/ })
    t.notMatch(answer, /127\.0\.0\.1|10\.9\.8\.7|node_modules|at .*\.[jt]s/, 'no address, path or stack of ours')
  })
}

t.test('Retry-After of an upstream without instances names the seconds until one is tried again', async t => {
  const { app, port } = await gateway(t, { settings: { STOMP_UPSTREAMS: 'http://127.0.0.1:9' } })
  const ask = async () => await (await rawSocket(t, port, get('/stomp/ws'))).closed()
  for (const instance of app.pool.instances) instance.asideUntil = Date.now() + 29_500
  const answer = await ask()
  t.match(answer, /^HTTP\/1\.1 503 .*"code":"ERR_UPSTREAM_UNAVAILABLE"/s)
  t.match(answer, /^retry-after: (29|30)\r$/im)
})

t.test('every code of the catalogue is answered once in these tests', async t => {
  // One has a test of its own above, two have theirs in admin-guard.test.ts, one in unit/workers.
  const elsewhere = ['ERR_UPSTREAM_UNAVAILABLE', 'ERR_ADMIN_FORBIDDEN', 'ERR_ADMIN_TOKEN', 'ERR_WORKER_UNAVAILABLE']
  const missing = Object.keys(catalogue).filter(code => !cases.some(row => row.code === code))
  t.same(missing.sort(), elsewhere.sort())
})

t.test('an unexpected throw is logged with its cause, and told as no more than a requestId', async t => {
  const { port, logs } = await gateway(t, {})
  const answer = await (await rawSocket(t, port, get('/boom?SECRET', 'Cookie: SECRET'))).closed()
  const { message, requestId } = JSON.parse(answer.split('\r\n\r\n')[1] ?? '')
  t.equal(message, 'The gateway failed; the log has the cause')
  const lines = logs.filter(line => line.msg === 'request failed')
  t.match(lines, [{ level: 50, reqId: requestId, route: '/boom', err: { message: /10\.9\.8\.7 fell over/, stack: /error-answers/ } }])
  t.notMatch(JSON.stringify(lines), 'SECRET')
})

t.test('what Fastify refuses by itself is a malformed request', async t => {
  const { port } = await gateway(t, {})
  const answer = await (await rawSocket(t, port, get('/string'))).closed()
  t.match(answer, /^HTTP\/1\.1 400 .*"code":"ERR_REQUEST_MALFORMED".*quota/s)
})

t.test('a 5xx that an instance caused is one warn line; its address and cause are told by another', async t => {
  const { port, logs } = await gateway(t, { settings: { STOMP_UPSTREAMS: 'http://127.0.0.1:9' } })
  const answer = await (await rawSocket(t, port, get('/stomp/ws/000/SECRET/xhr'))).closed()
  const { requestId } = JSON.parse(answer.split('\r\n\r\n')[1] ?? '')
  t.match(logs.filter(line => line.msg === 'request not served'),
    [{ level: 40, reqId: requestId, code: 'ERR_UPSTREAM_CONNECT', route: '/stomp/ws/*/*/xhr' }])
  t.match(logs.filter(line => line.msg === 'instance set aside'),
    [{ level: 40, instance: 'http://127.0.0.1:9', pauseMs: 250, cause: /ECONNREFUSED/ }])
})

t.test('what never became a request is a debug line under the requestId of its answer', async t => {
  const { port, logs } = await gateway(t, {})
  const answer = await (await rawSocket(t, port, 'NONSENSE\r\n\r\n')).closed()
  const { requestId } = JSON.parse(answer.split('\r\n\r\n')[1] ?? '')
  t.match(logs.filter(line => line.msg === 'request not read'), [{ level: 20, reqId: requestId, code: /^HPE_/ }])
})

t.test('the rest of a refused body is read away, and the connection serves the next request', async t => {
  const { port } = await gateway(t, {})
  const client = await rawSocket(t, port, requestHead('POST /nowhere', ['Content-Length: 5']))
  await client.until(bytes => bytes.includes('ERR_ROUTE_NOT_FOUND'))
  client.write(`12345${get('/healthz')}`)
  t.match(await client.closed(), /ERR_ROUTE_NOT_FOUND.*HTTP\/1\.1 200 OK.*"ok"/s)
})

t.test('a refused body that does not come within two seconds ends the connection', async t => {
  const { port } = await gateway(t, {})
  const client = await rawSocket(t, port, requestHead('POST /nowhere', ['Content-Length: 5']))
  t.match(await client.closed(), 'ERR_ROUTE_NOT_FOUND')
})

t.test('the admin listener fails in the same shape', async t => {
  const { app, logs } = await gateway(t, {})
  const admin = await buildAdmin(app)
  t.teardown(() => admin.close())
  admin.get('/boom', async () => { throw new Error('10.9.8.7 fell over') })
  const headers = { host: 'localhost' }
  t.match((await admin.inject({ url: '/boom', headers })).json(), { statusCode: 500, code: 'ERR_INTERNAL', requestId: /./ })
  t.match(logs.find(line => line.msg === 'request failed'), { listener: 'admin', route: '/boom', err: { message: /fell over/ } })
  t.match((await admin.inject({ url: '/nowhere', headers })).json(), { statusCode: 404, code: 'ERR_ROUTE_NOT_FOUND' })
})
