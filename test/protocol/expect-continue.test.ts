import t from 'tap'
import { listen } from '../helper/build.js'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { deadUrl, httpInstance } from '../helper/http-instance.js'
import { rawSocket, requestHead } from '../helper/raw-socket.js'

const ORIGIN = 'https://app.example.com'
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

const head = (length: number, lines: readonly string[] = []) =>
  requestHead('POST /stomp/a', ['Expect: 100-continue', `Content-Length: ${length}`, ...lines])

t.test('asks for the body of a request that waits to be asked', async t => {
  const instance = await httpInstance(t)
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url, ALLOWED_ORIGINS: ORIGIN })
  const client = await rawSocket(t, port, head(5, [`Origin: ${ORIGIN}`]))
  t.equal(await client.until(bytes => bytes.endsWith('\r\n\r\n')), CONTINUE)
  client.write('whole')
  t.match(await client.until(bytes => bytes.endsWith('POST /a')), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
  t.match(instance.requests, [{ headers: { expect: undefined }, body: Buffer.from('whole') }])
})

const refusals = [
  ['an origin that is not listed', head(5, ['Origin: https://evil.test']), '403', 'ERR_ORIGIN_NOT_ALLOWED'],
  ['a body that is announced too long', head(101), '413', 'ERR_BODY_TOO_LARGE'],
  ['a transport that is switched off', head(5).replace('/a', '/a/0/s/jsonp_send'), '404', 'ERR_TRANSPORT_DISABLED'],
  ['a path outside of the prefix', head(5).replace('/stomp', '/other'), '404', 'ERR_ROUTE_NOT_FOUND'],
  ['another expectation', head(5).replace('100-continue', 'miracles'), '417', 'ERR_EXPECTATION_FAILED']
] as const

for (const [name, bytes, status, code] of refusals) {
  t.test(`answers ${status} to ${name}, without asking for the body`, async t => {
    const instance = await fakeInstance(t)
    const { port } = await listen(t, {
      STOMP_UPSTREAMS: instance.url, ALLOWED_ORIGINS: ORIGIN, BODY_LIMIT_BYTES: '100'
    })
    const client = await rawSocket(t, port, bytes)
    const answer = await client.until(bytes => bytes.endsWith('}'))
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} [^]*"code":"${code}"`))
    t.equal(instance.sockets.length, 0)
  })
}

t.test('sends no interim answer to a client of HTTP/1.0, which would not understand it', async t => {
  const instance = await httpInstance(t)
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, head(5).replace('HTTP/1.1', 'HTTP/1.0') + 'whole')
  t.match(await client.closed(), /^HTTP\/1\.1 200 OK\r\n/)
  t.match(instance.requests, [{ body: Buffer.from('whole') }])
})

t.test('asks once, also when the first instance refuses to connect', async t => {
  const alive = await httpInstance(t)
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: `${await deadUrl(t)},${alive.url}` })
  while (app.pool.instances[0]!.failures === 0) { // until the pick falls on the dead one
    const client = await rawSocket(t, port, head(5))
    await client.until(bytes => bytes.endsWith(CONTINUE))
    client.write('whole')
    const bytes = await client.until(bytes => bytes.endsWith('POST /a'))
    t.equal(bytes.split('100 Continue').length, 2)
  }
})

t.test('passes a refusal of the instance on when it comes before the whole body', async t => {
  const instance = await fakeInstance(t, (_head, socket) => { socket.write(answerWith('no', [], '401 Unauthorized')) })
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, head(5))
  await client.until(bytes => bytes.endsWith(CONTINUE))
  client.write('who')
  t.match(await client.until(bytes => bytes.endsWith('no')), /HTTP\/1\.1 401 Unauthorized\r\n/)
})
