import t from 'tap'
import type { Test } from 'tap'
import { listen } from '../helper/build.js'
import { exchange, type Ask } from '../helper/exchange.js'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { deadUrl } from '../helper/http-instance.js'

const ORIGIN = 'https://app.example.com'

/** What sockjs-node, a Spring service and a careless one would say; none of it may pass. */
const FOREIGN = ['Access-Control-Allow-Origin: *', 'access-control-allow-origin: https://evil.test',
  'Access-Control-Allow-Credentials: false', 'Access-Control-Expose-Headers: Set-Cookie', 'Access-Control-Max-Age: 1']

async function answering (t: Test, status: string): Promise<string> {
  return (await fakeInstance(t, (_head, socket) => { socket.write(answerWith('{}', FOREIGN, status)) })).url
}

interface Row { status: number, by: string, upstream: (t: Test) => Promise<string>, path?: string, ask?: Ask }

const fromInstance = (status: number, phrase: string): Row =>
  ({ status, by: 'the instance', upstream: async t => await answering(t, `${status} ${phrase}`) })

const rows: Row[] = [
  fromInstance(200, 'OK'), fromInstance(204, 'No Content'), fromInstance(302, 'Found'), fromInstance(304, 'Not Modified'),
  fromInstance(401, 'Unauthorized'), fromInstance(404, 'Not Found'), fromInstance(500, 'Internal Server Error'),
  fromInstance(503, 'Service Unavailable'),
  { status: 502, by: 'a refused connection', upstream: deadUrl },
  { status: 502, by: 'an answer that breaks off', upstream: async t => (await fakeInstance(t, (_, socket) => { socket.destroy() })).url },
  { status: 504, by: 'an instance that is silent', upstream: async t => (await fakeInstance(t, () => {})).url },
  { status: 413, by: 'the body limit', upstream: t => answering(t, '200 OK'), ask: { method: 'POST', body: 'x'.repeat(101) } },
  { status: 400, by: 'a refused path', upstream: t => answering(t, '200 OK'), path: '/stomp/a%2fb' },
  { status: 404, by: 'no route', upstream: t => answering(t, '200 OK'), path: '/nowhere' },
  { status: 404, by: 'a transport that is off', upstream: t => answering(t, '200 OK'), path: '/stomp/a/0/s/jsonp' }
]

for (const { status, by, upstream, path = '/stomp/a', ask } of rows) {
  t.test(`lets an allowed page read ${status} by ${by}, and nobody else`, async t => {
    const { url } = await listen(t, {
      STOMP_UPSTREAMS: await upstream(t), ALLOWED_ORIGINS: ORIGIN, BODY_LIMIT_BYTES: '100', RESPONSE_TIMEOUT_MS: '100'
    })
    const target = url + path
    const { rawHeaders, headers, status: seen } =
      await exchange(target, { ...ask, headers: { ...ask?.headers, origin: ORIGIN } })
    t.equal(seen, status)
    const cors = rawHeaders.flatMap((name, i) =>
      i % 2 === 0 && /^access-control-/i.test(name) ? [`${name.toLowerCase()}: ${rawHeaders[i + 1]}`] : [])
    t.same(cors, [`access-control-allow-origin: ${ORIGIN}`, 'access-control-allow-credentials: true'])
    t.match(headers.vary, /\bOrigin\b/)
    if (status === 503 || status === 502) return // set aside by now
    const without = await exchange(target, ask)
    t.equal(without.status, status)
    t.notOk(without.rawHeaders.some(name => /^access-control-/i.test(name)))
    t.match(without.headers.vary, /\bOrigin\b/)
  })
}

t.test('lets an allowed page read the 503 of an upstream without instances', async t => {
  const { url } = await listen(t, { STOMP_UPSTREAMS: await deadUrl(t), ALLOWED_ORIGINS: ORIGIN })
  await exchange(`${url}/stomp/a`)
  const { status, headers } = await exchange(`${url}/stomp/a`, { headers: { origin: ORIGIN } })
  t.match([status, headers['access-control-allow-origin'], headers['access-control-allow-credentials']], [503, ORIGIN, 'true'])
})

t.test('merges the Vary of an instance with its own into one line', async t => {
  const instance = await fakeInstance(t, (_head, socket) => {
    socket.write(answerWith('ok', ['Vary: Accept-Encoding, origin', 'vary: Accept']))
  })
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url, ALLOWED_ORIGINS: ORIGIN })
  const { rawHeaders } = await exchange(`${url}/stomp/a`, { headers: { origin: ORIGIN } })
  const vary = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === 'vary')
  t.equal(vary.length, 1)
  t.same(vary[0]!.toLowerCase().split(', ').toSorted(), ['accept', 'accept-encoding', 'origin'])
})
