import t from 'tap'
import { connectionOf } from '../../src/proxy/connection.js'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { listen } from '../helper/build.js'
import { rawSocket, requestHead, SWITCH, upgradeHead } from '../helper/raw-socket.js'

const close = 'Connection: close'

t.test('what stands in the path stays byte for byte, the prefix is replaced, and the instance is told who asks', async t => {
  const instance = await fakeInstance(t)
  const { port } = await listen(t, { STOMP_UPSTREAMS: `${instance.url}/app`, TRUST_PROXY: '127.0.0.1' })
  const client = await rawSocket(t, port, requestHead('GET /stomp/ws/%7Ea;b=c/x?y=%20&z=?', [
    close, 'X-Forwarded-For: 203.0.113.7', 'X-Forwarded-Proto: wss', 'X-Forwarded-Host: chat.test', 'X-Real-IP: 6.6.6.6',
    'Forwarded: for=6.6.6.6', 'Via: 1.0 fred', 'Cookie: a=b', 'Authorization: Bearer x'
  ]))
  await client.closed()
  const [head = ''] = instance.received
  t.match(head, 'GET /app/ws/%7Ea;b=c/x?y=%20&z=? HTTP/1.1\r\n')
  for (const line of ['X-Forwarded-For: 203.0.113.7', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: chat.test',
    'X-Forwarded-Prefix: /stomp', 'Via: 1.0 fred, 1.1 gatehouse', 'Cookie: a=b', 'Authorization: Bearer x']) {
    t.equal(head.split(`${line}\r\n`).length, 2, `once: ${line}`)
  }
  t.notMatch(head, '6.6.6.6')
})

t.test('without a trusted proxy, what a client says of itself is dropped', async t => {
  const instance = await fakeInstance(t)
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const lies = ['X-Forwarded-For: 6.6.6.6', 'X_Forwarded_For: 6.6.6.6', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: evil.test']
  await (await rawSocket(t, port, requestHead('GET /stomp/ws/info', [close, ...lies]))).closed()
  const [head = ''] = instance.received
  t.notMatch(head, /6\.6\.6\.6|evil\.test|https/)
  t.match(head, 'X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: gateway.test\r\n')
})

for (const [setting, isSeen] of [['strip', false], ['preserve', true]] as const) {
  t.test(`UPSTREAM_ORIGIN=${setting} ${isSeen ? 'shows' : 'hides'} Origin on HTTP and on upgrade`, async t => {
    const instance = await fakeInstance(t, (head, socket) => socket.write(head.includes('websocket') ? SWITCH : answerWith('ok')))
    const { port } = await listen(t, {
      STOMP_UPSTREAMS: instance.url, ALLOWED_ORIGINS: 'https://app.test', UPSTREAM_ORIGIN: setting
    })
    const origin = 'Origin: https://app.test'
    await (await rawSocket(t, port, requestHead('GET /stomp/ws/info', [close, origin]))).closed()
    const tunnel = await rawSocket(t, port, upgradeHead('/stomp/ws/websocket', [origin]))
    await tunnel.until(bytes => bytes.includes('101'))
    t.equal(instance.received.length, 2)
    for (const head of instance.received) t.equal(/^origin:/im.test(head), isSeen)
  })
}

t.test('a body passes whatever its type is called', async t => {
  const instance = await fakeInstance(t)
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  for (const type of ['text/plain', 'application/json', 'no type at all', ';;']) {
    const answer = await fetch(`${url}/stomp/ws/000/abc/xhr_send`, { method: 'POST', body: '{"a', headers: { 'content-type': type } })
    t.equal(answer.status, 200, type)
    t.match(instance.received.join(''), new RegExp(`^content-type: ${type}\\r$`, 'im'), 'the name travels on')
  }
})

t.test('Expect: 100-continue is met for a request that passed the gate, and for no other', async t => {
  const instance = await fakeInstance(t)
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const expect = ['Expect: 100-continue', 'Content-Length: 2']
  const client = await rawSocket(t, port, requestHead('POST /stomp/ws/rest', expect))
  t.equal(await client.until(bytes => bytes.includes('\r\n\r\n')), 'HTTP/1.1 100 Continue\r\n\r\n')
  client.write('hi')
  t.match(await client.until(bytes => bytes.endsWith('ok')), 'HTTP/1.1 200 OK')
  const foreign = await rawSocket(t, port, requestHead('POST /stomp/ws/rest', [close, ...expect, 'Origin: https://evil.test']))
  t.match(await foreign.closed(), /^HTTP\/1\.1 403 /, 'no 100 before it')
})

t.test('h2c is served as the plain request it also is, and nothing of it travels on', async t => {
  const instance = await fakeInstance(t)
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, requestHead('GET /stomp/ws/info', [
    'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA']))
  t.match(await client.closed(), /^HTTP\/1\.1 200 OK.*ok$/s)
  t.notMatch(instance.received[0], /h2c|http2/i)
})

t.test('a client that leaves an h2c request takes the instance\'s work with it', async t => {
  const instance = await fakeInstance(t, () => {})
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, requestHead('GET /stomp/ws/info', ['Connection: Upgrade', 'Upgrade: h2c']))
  const socket = await instance.connection()
  await instance.seen(bytes => bytes.includes('\r\n\r\n'))
  client.socket.end()
  await new Promise(resolve => { socket.once('close', resolve).once('end', () => socket.end()) })
  t.pass('its connection ends')
})

t.test('more than 64 requests of one connection at once end it', async t => {
  const instance = await fakeInstance(t, () => {})
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, requestHead('GET /stomp/ws/info').repeat(65))
  t.equal(await client.closed(), '')
})

t.test('a request behind Connection: close is not served', async t => {
  const { port } = await listen(t)
  const client = await rawSocket(t, port, requestHead('GET /healthz', [close]) + requestHead('GET /healthz'))
  t.same((await client.closed()).match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200'])
})

t.test('an upgrade pipelined behind a request under way is not served', async t => {
  const instance = await fakeInstance(t, () => {})
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, requestHead('GET /stomp/ws/slow') + upgradeHead('/stomp/ws/websocket'))
  t.equal(await client.closed(), '')
  t.notMatch(instance.received.join(''), 'websocket')
})

t.test('a transport that is switched off is 404 by upgrade, too, and reaches no instance', async t => {
  const instance = await fakeInstance(t)
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url, SOCKJS_TRANSPORTS: 'xhr' })
  for (const path of ['/stomp/ws/websocket', '/stomp/ws/000/abc/websocket']) {
    t.match(await (await rawSocket(t, port, upgradeHead(path))).closed(), /^HTTP\/1\.1 404 .*ERR_TRANSPORT_DISABLED/s)
  }
  t.equal(instance.sockets.length, 0)
})

t.test('an instance\'s refusal of an upgrade is relayed with headers and body, long ones, too', async t => {
  const long = 'x'.repeat(2_000_000)
  const instance = await fakeInstance(t, (_, socket) => socket.write(answerWith(long, ['X-Why: because', 'Access-Control-Allow-Origin: *'], '401 No')))
  const { port, app } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws/websocket'))
  const answer = await client.closed()
  t.match(answer, /^HTTP\/1\.1 401 /)
  t.match(answer, /^x-why: because\r$/im)
  t.notMatch(answer, /access-control/i)
  t.equal(answer.length - answer.indexOf('\r\n\r\n') - 4, long.length)
  t.equal(app.tunnelCount(), 0)
})

for (const [name, settings] of [['breaks off', {}], ['stalls', { UPGRADE_TIMEOUT_MS: '100' }]] as const) {
  t.test(`a refusal whose body ${name} is cut, so that it does not look whole`, async t => {
    const instance = await fakeInstance(t, (_, socket) => {
      socket.write('HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\nhalf', () => { if (name === 'breaks off') socket.destroy() })
    })
    const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url, ...settings })
    const answer = await (await rawSocket(t, port, upgradeHead('/stomp/ws/websocket'))).closed()
    t.match(answer, /content-length: 100/i)
    t.ok(answer.split('\r\n\r\n')[1] !== undefined && answer.length < answer.indexOf('\r\n\r\n') + 104)
  })
}

t.test('MAX_TUNNELS counts tunnels that are open, not those that were', async t => {
  const instance = await fakeInstance(t, (_, socket) => { socket.write(SWITCH).valueOf() })
  const { port, app } = await listen(t, { STOMP_UPSTREAMS: instance.url, MAX_TUNNELS: '1' })
  for (let i = 0; i < 3; i++) {
    const tunnel = await rawSocket(t, port, upgradeHead('/stomp/ws/websocket'))
    await tunnel.until(bytes => bytes.includes('101'))
    t.equal(app.tunnelCount(), 1)
    instance.sockets[i]?.destroy()
    await tunnel.closed()
    while (app.tunnelCount() > 0) await new Promise(resolve => setImmediate(resolve))
  }
})

t.test('a request whose socket was reset has no client, and is not served', async t => {
  const instance = await fakeInstance(t)
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  app.server.prependListener('request', ({ socket }) => Object.defineProperty(socket, 'remoteAddress', { value: undefined }))
  app.server.once('connection', socket => connectionOf(socket))
  const client = await rawSocket(t, port, requestHead('GET /stomp/ws/info'))
  t.equal(await client.closed(), '')
  t.equal(instance.sockets.length, 0)
})

t.test('a refused path is 400 whatever the prefix is called, and reaches no instance', async t => {
  const instance = await fakeInstance(t)
  for (const prefix of ['/refused', '/stomp']) {
    const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url, STOMP_PREFIX: prefix })
    for (const path of [`${prefix}/%2e%2e/admin`, '/refused/..;/x']) {
      const answer = await (await rawSocket(t, port, requestHead(`GET ${path}`, [close]))).closed()
      t.match(answer, /^HTTP\/1\.1 400 .*ERR_REQUEST_PATH_INVALID/s, path)
    }
  }
  t.equal(instance.sockets.length, 0)
})

t.test('a proxy in front that TRUST_PROXY does not name is told once, a trusted one never', async t => {
  const instance = await fakeInstance(t)
  for (const [trusted, told] of [['10.0.0.0/8', 1], ['', 1], ['127.0.0.1', 0]] as const) {
    const { port, logs } = await listen(t, { STOMP_UPSTREAMS: instance.url, TRUST_PROXY: trusted })
    for (const lines of [[], ['X-Forwarded-For: 192.0.2.1'], ['X-Forwarded-For: 192.0.2.2'], ['X-Forwarded-For:']]) {
      await (await rawSocket(t, port, requestHead('GET /stomp/ws/info', [close, ...lines]))).closed()
    }
    const lines = logs.filter(({ msg }) => /^forwarding headers dropped: TRUST_PROXY/.test(String(msg)))
    t.equal(lines.length, told, `TRUST_PROXY=${trusted}`)
    if (told > 0) t.match(lines[0], { level: 40, peer: '127.0.0.1' })
  }
})
