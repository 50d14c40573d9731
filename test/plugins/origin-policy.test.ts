import t from 'tap'
import type { AddressInfo } from 'node:net'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { build, listen } from '../helper/build.js'
import { rawSocket, requestHead, SWITCH, upgradeHead } from '../helper/raw-socket.js'

const LISTED = 'https://app.test'
const close = 'Connection: close'

const doors = [
  ['http', (origin: string) => requestHead('GET /stomp/ws/info', [close, `Origin: ${origin}`])],
  ['preflight', (origin: string) => requestHead('OPTIONS /stomp/ws/info',
    [close, `Origin: ${origin}`, 'Access-Control-Request-Method: GET'])],
  ['upgrade', (origin: string) => upgradeHead('/stomp/ws/websocket', [`Origin: ${origin}`])]
] as const
for (const [door, head] of doors) {
  t.test(`a refusal at the door ${door} reaches no instance and is one warn line`, async t => {
    const instance = await fakeInstance(t)
    const { port, logs } = await listen(t, {
      STOMP_UPSTREAMS: instance.url, ALLOWED_ORIGINS: LISTED, LOG_LEVEL: 'trace'
    })
    const before = logs.length
    const client = await rawSocket(t, port, head('https://evil.test'))
    const answer = await client.closed()

    t.match(answer, /^HTTP\/1\.1 403 Forbidden\r\n/)
    t.match(answer, /^vary: Origin\r$/im)
    t.notMatch(answer, /access-control-allow/i)
    t.match(JSON.parse(answer.split('\r\n\r\n')[1] ?? ''), {
      statusCode: 403,
      code: 'ERR_ORIGIN_NOT_ALLOWED',
      error: 'Forbidden',
      message: /"https:\/\/evil\.test" is not on the allow-list: add it to ALLOWED_ORIGINS/,
      requestId: /^[0-9a-f-]{36}$/
    })
    t.equal(instance.sockets.length, 0)

    const [line, ...more] = logs.slice(before)
    t.same(more, [], 'exactly one line')
    const { level, origin, reason, route, client: address, reqId, msg } = line ?? {}
    t.same({ level, origin, reason, door: line?.door, route, address, msg }, {
      level: 40,
      origin: 'https://evil.test',
      reason: 'not-listed',
      door,
      route: door === 'upgrade' ? '/stomp/ws/websocket' : '/stomp/ws/info',
      address: '127.0.0.1',
      msg: 'origin refused'
    })
    t.match(answer, `"requestId":"${String(reqId)}"`, 'the answer names the line')
  })
}

const reasons = [
  ['two Origin lines', ['Origin: https://app.test', 'Origin: https://evil.test'], 'duplicate', 'https://app.test | https://evil.test'],
  ['an empty Origin', ['Origin:'], 'empty', ''],
  ['a malformed Origin', ['Origin: https://app.test@evil.test'], 'malformed', 'https://app.test@evil.test'],
  ['null', ['Origin: null'], 'null', 'null'],
  ['another site without Origin', ['Sec-Fetch-Site: cross-site'], 'cross-site', '']
] as const
for (const [name, lines, reason, origin] of reasons) {
  t.test(`the log tells why: ${name} is ${reason}`, async t => {
    const { port, logs } = await listen(t, { ALLOWED_ORIGINS: LISTED })
    const client = await rawSocket(t, port, requestHead('GET /stomp/ws/info', [close, ...lines]))
    t.match(await client.closed(), /^HTTP\/1\.1 403 /)
    t.match(logs.filter(line => line.msg === 'origin refused'), [{ reason, origin }])
  })
}

t.test('a very long Origin is logged by its beginning', async t => {
  const { port, logs } = await listen(t)
  const client = await rawSocket(t, port, requestHead('GET /', [close, `Origin: https://${'a'.repeat(5_000)}.test`]))
  await client.closed()
  t.equal(String(logs.find(line => line.msg === 'origin refused')?.origin).length, 256)
})

t.test('behind a trusted proxy the log names the client, not the proxy', async t => {
  const { port, logs } = await listen(t, { TRUST_PROXY: '127.0.0.1' })
  const client = await rawSocket(t, port, requestHead('GET /', [close, 'Origin: https://evil.test', 'X-Forwarded-For: 203.0.113.7']))
  await client.closed()
  t.match(logs.find(line => line.msg === 'origin refused'), { client: '203.0.113.7' })
})

t.test('no line of a whole run holds a cookie, a token, a query or a session id', async t => {
  const instance = await fakeInstance(t, (head, socket) => {
    if (/^upgrade: websocket/im.test(head)) socket.write(SWITCH)
    else if (head.includes('/cut')) socket.destroy()
    else socket.write(answerWith('SECRET', ['Set-Cookie: id=SECRET', 'Connection: close']))
  })
  const { logs, app } = await build(t, {
    STOMP_UPSTREAMS: instance.url, ALLOWED_ORIGINS: LISTED, LOG_LEVEL: 'trace', ACCESS_LOG: 'on'
  })
  app.get('/boom', async () => { throw new Error('on purpose') })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const secrets = ['Cookie: JSESSIONID=SECRET', 'Authorization: Bearer SECRET', 'X-Token: SECRET', 'Referer: https://a.test/SECRET',
    'Sec-WebSocket-Protocol: SECRET']
  const query = '?token=SECRET'
  const paths = ['/stomp/ws/000/SECRET/xhr', '/stomp/ws/000/SECRET/eventsource', '/stomp/ws/000/SECRET/jsonp',
    '/stomp/ws/000/SECRET/cut', '/stomp/ws/000/SECRET/%2e%2e/x', '/other/ws/SECRET', '/boom', '/healthz', '/stomp/ws/info']
  for (const path of paths) {
    for (const origin of [LISTED, 'https://evil.test']) {
      for (const method of ['GET', 'OPTIONS']) {
        const lines = [...secrets, close, `Origin: ${origin}`]
        await (await rawSocket(t, port, requestHead(`${method} ${path}${query}`, lines))).closed()
      }
    }
  }
  for (const origin of [LISTED, 'https://evil.test']) {
    const tunnel = await rawSocket(t, port, upgradeHead(`/stomp/ws/000/SECRET/websocket${query}`, [...secrets, `Origin: ${origin}`]))
    await tunnel.until(bytes => bytes.includes('\r\n\r\n'))
    tunnel.socket.destroy()
  }
  const broken = ['GET /stomp/ws/000/SECRET/xhr HTTP/1.1\r\nHost: a\r\nCookie SECRET\r\n\r\n', 'SECRET\r\n\r\n',
    requestHead('GET /stomp/SECRET', [`Cookie: ${'SECRET'.repeat(4_000)}`]),
    'GET http://evil.test/SECRET HTTP/1.1\r\nHost: gateway.test\r\nConnection: close\r\n\r\n']
  for (const bytes of broken) await (await rawSocket(t, port, bytes)).closed()

  const messages = new Set(logs.map(({ msg }) => msg))
  for (const msg of ['origin refused', 'request answered', 'request failed', 'request not served', 'tunnel opened', 'request not read']) {
    t.ok(messages.has(msg), `the run logged: ${msg}`)
  }
  t.same(logs.filter(line => JSON.stringify(line).includes('SECRET')), [])
})

t.test('OPTIONS that is no preflight is answered 400 and reaches no instance', async t => {
  const instance = await fakeInstance(t)
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url, ALLOWED_ORIGINS: LISTED })
  for (const lines of [[], [`Origin: ${LISTED}`], ['Access-Control-Request-Method: GET']]) {
    const client = await rawSocket(t, port, requestHead('OPTIONS /stomp/ws/info', [close, ...lines]))
    t.match(await client.closed(), /^HTTP\/1\.1 400 .*ERR_PREFLIGHT_INVALID/s)
  }
  t.equal(instance.sockets.length, 0)
})

const sites = [
  ['an iframe page that is switched on may be framed by another site', 'iframe', '/stomp/ws/iframe.html', 200],
  ['other pages may not', 'iframe', '/stomp/ws/info', 403],
  ['nor may one whose prefix is spelled in another way', 'iframe', '/%73tomp/ws/iframe.html', 403],
  ['an iframe page that is switched off may not', 'xhr', '/stomp/ws/iframe.html', 403]
] as const
for (const [name, transports, path, status] of sites) {
  t.test(`without Origin, from another site: ${name}`, async t => {
    const instance = await fakeInstance(t)
    const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url, SOCKJS_TRANSPORTS: transports })
    const answer = await fetch(url + path, { headers: { 'sec-fetch-site': 'cross-site' } })
    t.equal(answer.status, status)
    if (status === 200) t.equal(answer.headers.get('content-security-policy'), "frame-ancestors 'self'")
  })
}

const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
const visits = [
  ['a link to a page of the service opens it', 'GET', '/stomp/login', NAVIGATION, 200],
  ['so does asking for its head', 'HEAD', '/stomp/login', NAVIGATION, 200],
  ['a form is posted with an Origin, or not at all', 'POST', '/stomp/login', NAVIGATION, 403],
  ['a frame is no visit', 'GET', '/stomp/login', { ...NAVIGATION, 'sec-fetch-dest': 'iframe' }, 403],
  ['a script is none', 'GET', '/stomp/csrf', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }, 403],
  ['nor is what does not say', 'GET', '/stomp/login', {}, 403],
  ['nobody visits info', 'GET', '/stomp/ws/info', NAVIGATION, 403],
  ['nobody visits a transport', 'GET', '/stomp/ws/000/abcd/eventsource', NAVIGATION, 403],
  ['nobody visits a plain WebSocket', 'GET', '/stomp/ws/websocket', NAVIGATION, 403],
  ['nobody visits an iframe page that is switched off', 'GET', '/stomp/ws/iframe.html', NAVIGATION, 403],
  ['a prefix in another spelling opens nothing', 'GET', '/%73tomp/login', NAVIGATION, 404]
] as const
t.test('without Origin, from another site:', async t => {
  const instance = await fakeInstance(t)
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  for (const site of ['same-site', 'cross-site']) {
    for (const [name, method, path, headers, status] of visits) {
      t.test(`${name} (${site})`, async t => {
        const lines = Object.entries({ 'sec-fetch-site': site, ...headers }).map(([key, value]) => `${key}: ${value}`)
        const client = await rawSocket(t, port, requestHead(`${method} ${path}`, [close, ...lines]))
        t.match(await client.closed(), new RegExp(`^HTTP/1\\.1 ${status} `))
      })
    }
  }
})
