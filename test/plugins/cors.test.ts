import t, { type Test } from 'tap'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { listen } from '../helper/build.js'
import { rawSocket, requestHead } from '../helper/raw-socket.js'

const LISTED = 'https://app.test'
const YEAR_S = 31_536_000

type Settings = Record<string, string>

function preflight (method = 'POST', headers: Record<string, string> = {}) {
  return { method: 'OPTIONS', headers: { origin: LISTED, 'access-control-request-method': method, ...headers } }
}

async function gateway (t: Test, settings: Settings = {}, lines: readonly string[] = []) {
  const instance = await fakeInstance(t, (_, socket) => socket.write(answerWith('ok', lines)))
  const built = await listen(t, { STOMP_UPSTREAMS: instance.url, ALLOWED_ORIGINS: LISTED, ...settings })
  return { instance, ...built }
}

t.test('a preflight of a SockJS route is answered here, and may be kept for a year', async t => {
  const { url, instance } = await gateway(t)
  const before = Date.now()
  const answer = await fetch(`${url}/stomp/ws/000/abc/xhr_send`, preflight())
  t.equal(answer.status, 204)
  t.equal(await answer.text(), '')
  t.equal(answer.headers.get('access-control-allow-origin'), LISTED)
  t.equal(answer.headers.get('access-control-allow-credentials'), 'true')
  t.equal(answer.headers.get('access-control-max-age'), String(YEAR_S))
  t.equal(answer.headers.get('cache-control'), `public, max-age=${YEAR_S}`)
  const expires = Date.parse(answer.headers.get('expires') ?? '')
  t.ok(expires >= before + YEAR_S * 1_000 - 1_000 && expires <= Date.now() + YEAR_S * 1_000, 'in a year from now')
  t.match(answer.headers.get('vary'), /\bOrigin\b/)
  t.equal(instance.sockets.length, 0)
})

t.test('a preflight elsewhere may be kept for ten minutes, and by no cache between', async t => {
  const { url } = await gateway(t)
  const answer = await fetch(`${url}/healthz`, preflight('GET'))
  t.equal(answer.status, 204)
  t.equal(answer.headers.get('access-control-max-age'), '600')
  t.equal(answer.headers.get('cache-control'), null)
  t.equal(answer.headers.get('expires'), null)
})

t.test('a preflight allows the methods a service may have, and the headers that were asked for', async t => {
  const { url } = await gateway(t)
  const asked = preflight('PUT', { 'access-control-request-headers': 'content-type, x-csrf-token' })
  const answer = await fetch(`${url}/stomp/ws/rest`, asked)
  t.same(answer.headers.get('access-control-allow-methods')?.split(', '), ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
  t.equal(answer.headers.get('access-control-allow-headers'), 'content-type, x-csrf-token')
  t.match(answer.headers.get('vary'), /Access-Control-Request-Headers/i)
})

t.test('every real request is judged again, whatever a remembered preflight said', async t => {
  const { url, instance } = await gateway(t)
  t.equal((await fetch(`${url}/stomp/ws/000/abc/xhr_send`, preflight())).status, 204)
  const send = { method: 'POST', body: '[]' }
  const post = (origin: string) => fetch(`${url}/stomp/ws/000/abc/xhr_send`, { ...send, headers: { origin } })
  t.equal((await post('https://evil.test')).status, 403)
  t.equal(instance.sockets.length, 0)
  t.equal((await post(LISTED)).status, 200)
})

t.test('whatever an instance sends, one Access-Control-Allow-Origin and one Vary come out', async t => {
  const { port } = await gateway(t, {}, ['Access-Control-Allow-Origin: *', 'access-control-allow-origin: https://evil.test',
    'Access-Control-Allow-Methods: TRACE', 'Vary: Accept-Encoding', 'Vary: origin'])
  const client = await rawSocket(t, port, requestHead('GET /stomp/ws/info', [`Origin: ${LISTED}`]))
  const answer = await client.until(bytes => bytes.endsWith('ok'))
  t.same(answer.match(/^access-control-allow-origin:.*$/gim), [`access-control-allow-origin: ${LISTED}`])
  t.same(answer.match(/^access-control-allow-credentials:.*$/gim), ['access-control-allow-credentials: true'])
  t.same(answer.match(/^access-control-allow-methods:.*$/gim), null)
  t.same(answer.match(/^vary:.*$/gim), ['vary: Origin, Accept-Encoding'])
})

t.test('the Origin is echoed in the very bytes the browser sent', async t => {
  const { port } = await gateway(t)
  const client = await rawSocket(t, port, requestHead('GET /stomp/ws/info', ['Origin: HTTPS://App.test:443']))
  t.match(await client.until(bytes => bytes.endsWith('ok')), 'access-control-allow-origin: HTTPS://App.test:443\r\n')
})

t.test('exposed headers are those of CORS_EXPOSED_HEADERS, and none by default', async t => {
  const read = async (settings: Record<string, string>) => {
    const { url } = await gateway(t, settings)
    return (await fetch(`${url}/stomp/ws/info`, { headers: { origin: LISTED } })).headers.get('access-control-expose-headers')
  }
  t.equal(await read({}), null)
  t.equal(await read({ CORS_EXPOSED_HEADERS: 'X-Total, X-Page' }), 'X-Total, X-Page')
})

t.test('a request without Origin gets no CORS headers, but Vary', async t => {
  const { url } = await gateway(t)
  for (const path of ['/stomp/ws/info', '/healthz', '/nowhere']) {
    const answer = await fetch(url + path)
    t.same([...answer.headers.keys()].filter(name => name.startsWith('access-control-')), [], path)
    t.match(answer.headers.get('vary'), /\bOrigin\b/, path)
  }
})

const failures = [
  ['404 of the gateway', '/nowhere', {}, 404],
  ['404 for a transport that is off', '/stomp/ws/000/abc/jsonp', {}, 404],
  ['400 for a path that is refused', '/stomp/ws/%2fx', {}, 400],
  ['413', '/stomp/ws/rest', { method: 'POST', body: 'longer than ten' }, 413],
  ['an error of the instance', '/stomp/ws/rest', {}, 500]
] as const
for (const [name, path, init, status] of failures) {
  t.test(`a page can read the status of ${name}`, async t => {
    const instance = await fakeInstance(t, (_, socket) => socket.write(answerWith('no', [], '500 Oh')))
    const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url, ALLOWED_ORIGINS: LISTED, BODY_LIMIT_BYTES: '10' })
    const answer = await fetch(url + path, { ...init, headers: { origin: LISTED } })
    t.equal(answer.status, status)
    t.equal(answer.headers.get('access-control-allow-origin'), LISTED)
    t.equal(answer.headers.get('access-control-allow-credentials'), 'true')
  })
}

t.test('the gateway\'s own origin is echoed like a listed one', async t => {
  const { url } = await gateway(t, { ALLOWED_ORIGINS: '', PUBLIC_ORIGINS: 'https://gateway.test' })
  const answer = await fetch(`${url}/stomp/ws/info`, { headers: { origin: 'https://gateway.test' } })
  t.equal(answer.headers.get('access-control-allow-origin'), 'https://gateway.test')
})
