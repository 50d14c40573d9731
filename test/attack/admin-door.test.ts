import t from 'tap'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { buildAdmin } from '../../src/admin.js'
import { build } from '../helper/build.js'
import { rawSocket } from '../helper/raw-socket.js'

const UUID = /"requestId":"[0-9a-f]{8}-[0-9a-f-]{27}"/

/** A listening admin app and its port. */
async function admin (t: Test, settings: Record<string, string> = {}) {
  const { app, logs } = await build(t, settings)
  const admin = await buildAdmin(app)
  t.teardown(() => admin.close())
  await admin.listen({ host: '127.0.0.1', port: 0 })
  return { admin, logs, port: (admin.server.address() as AddressInfo).port }
}

const head = (line: string, ...headers: string[]) => [line, ...headers, 'Connection: close', '', ''].join('\r\n')
const STATE = 'GET /upstreams HTTP/1.1'
const LOCAL = 'Host: localhost'
const filler = Array<string>(1_100).fill('a:')

const refused = [
  ['an Origin behind 1,100 filler lines', head(STATE, LOCAL, ...filler, 'Origin: https://evil.test'), 403, 'ERR_ADMIN_FORBIDDEN'],
  ['a foreign Sec-Fetch-Site behind one that is fine',
    head(STATE, LOCAL, 'Sec-Fetch-Site: none', 'Sec-Fetch-Site: cross-site'), 403, 'ERR_ADMIN_FORBIDDEN'],
  ['a second Host line', head(STATE, LOCAL, 'Host: evil.test'), 400, 'ERR_REQUEST_HOST_INVALID'],
  ['no Host line', head(STATE), 400, 'ERR_REQUEST_HOST_INVALID'],
  ['HTTP/1.0 without Host', 'GET /upstreams HTTP/1.0\r\n\r\n', 400, 'ERR_REQUEST_HOST_INVALID'],
  ['a Host that is none', head(STATE, 'Host: localhost@evil.test'), 400, 'ERR_REQUEST_HOST_INVALID'],
  ['absolute-form for another host', head('GET http://evil.test/upstreams HTTP/1.1', LOCAL), 400, 'ERR_REQUEST_HOST_INVALID'],
  ['absolute-form for the same host', head('GET http://localhost/upstreams HTTP/1.1', LOCAL), 400, 'ERR_REQUEST_PATH_INVALID'],
  ['a fragment', head('GET /upstreams#x HTTP/1.1', LOCAL), 400, 'ERR_REQUEST_PATH_INVALID'],
  ['Transfer-Encoding that is not chunked alone',
    head('POST /upstreams HTTP/1.1', LOCAL, 'Transfer-Encoding: gzip'), 400, 'ERR_REQUEST_MALFORMED'],
  ['HTTP/1.0 with Transfer-Encoding',
    'POST /upstreams HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n', 400, 'ERR_REQUEST_MALFORMED'],
  ['Content-Length beside Transfer-Encoding',
    head('POST /upstreams HTTP/1.1', LOCAL, 'Content-Length: 1', 'Transfer-Encoding: chunked'), 400, 'ERR_REQUEST_MALFORMED'],
  ['bytes that are no HTTP', 'hello\r\n\r\n', 400, 'ERR_REQUEST_MALFORMED'],
  ['lines of one byte, 16 KiB of them', head(STATE, LOCAL, ...Array<string>(4_200).fill('a:')), 431, 'ERR_REQUEST_HEAD_TOO_LARGE'],
  ['one line of 17,000 bytes', head(STATE, LOCAL, `a: ${'x'.repeat(17_000)}`), 431, 'ERR_REQUEST_HEAD_TOO_LARGE'],
  ['an expectation nobody knows', head(STATE, LOCAL, 'Expect: tea'), 417, 'ERR_EXPECTATION_FAILED'],
  ['an expectation nobody knows, from a page',
    head(STATE, LOCAL, 'Expect: tea', 'Origin: https://evil.test'), 403, 'ERR_ADMIN_FORBIDDEN'],
  ['100-continue from a page', head(STATE, LOCAL, 'Expect: 100-continue', 'Origin: null'), 403, 'ERR_ADMIN_FORBIDDEN']
] as const
for (const [name, bytes, status, code] of refused) {
  t.test(`the admin listener refuses ${name}`, async t => {
    const { port } = await admin(t)
    const answer = await (await rawSocket(t, port, bytes)).closed()
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} [^]*"code":"${code}"`))
    t.match(answer, UUID, 'an id nobody can guess')
    t.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1, 'one answer')
  })
}

t.test('a request that expects 100-continue is answered like any other', async t => {
  const { port } = await admin(t)
  const client = await rawSocket(t, port, head(STATE, LOCAL, 'Expect: 100-continue'))
  t.match(await client.closed(), /^HTTP\/1\.1 200 /)
})

t.test('the admin listener waits for no body: none of its routes reads one', async t => {
  const { port } = await admin(t)
  for (const type of ['application/json', 'text/plain', 'a/b']) {
    const lines = ['POST /upstreams HTTP/1.1', LOCAL, 'Content-Length: 9', `Content-Type: ${type}`]
    const client = await rawSocket(t, port, [...lines, '', '{'].join('\r\n'))
    const answer = await client.until(bytes => bytes.includes('}'))
    t.match(answer, /^HTTP\/1\.1 404 [^]*"ERR_ROUTE_NOT_FOUND"/, type)
  }
})

t.test('half a head is cut after HEADERS_TIMEOUT_MS', async t => {
  const { port } = await admin(t, { HEADERS_TIMEOUT_MS: '100' })
  const client = await rawSocket(t, port, 'GET /upstr')
  t.match(await client.closed(), /^HTTP\/1\.1 408 .*"ERR_REQUEST_TIMEOUT"/s)
})

t.test('the 101st connection is closed unanswered', async t => {
  const { admin: app, port } = await admin(t)
  const dropped = once(app.server, 'drop')
  const sockets = Array.from({ length: 101 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  t.teardown(() => { for (const socket of sockets) socket.destroy() })
  await dropped
  const open = await new Promise(resolve => app.server.getConnections((_, count) => resolve(count)))
  t.equal(open, 100)
})

t.test('a fault of the admin listener is logged with its route, and not told', async t => {
  const { app, logs } = await build(t)
  const admin = await buildAdmin(app)
  t.teardown(() => admin.close())
  app.tunnelCount = () => { throw new Error('boom') }
  const answer = await admin.inject({ url: '/upstreams?SECRET', headers: { host: 'localhost' } })
  t.match(answer.json(), { statusCode: 500, code: 'ERR_INTERNAL' })
  t.match(logs, [{ listener: 'admin', msg: 'request failed', route: '/upstreams', err: { message: 'boom' } }])
  t.notMatch(JSON.stringify(logs), 'SECRET')
})
