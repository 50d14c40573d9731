import t from 'tap'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import type { Test } from 'tap'
import { readAnswer } from '../../src/doctor/answer.js'
import { examineHop } from '../../src/doctor/hop.js'
import { probeHttp } from '../../src/doctor/probe-http.js'
import { CERTIFICATE, PRIVATE_KEY } from '../helper/certificate.js'
import { examine, hop, PAGE } from '../helper/doctor.js'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { deadUrl } from '../helper/http-instance.js'
import { plainProxy } from '../helper/plain-proxy.js'
import { springLikeInstance } from '../helper/spring-like-instance.js'

type Serve = (request: IncomingMessage, response: ServerResponse) => void

async function tlsServer (t: Test, serve: Serve): Promise<string> {
  const server = createTlsServer({ key: PRIVATE_KEY, cert: CERTIFICATE }, serve)
  server.on('tlsClientError', () => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('finds a port that nobody listens on, and asks no further', async t => {
  const { all } = await examine(`${await deadUrl(t)}/ws-stomp`)
  t.equal(all.length, 2)
  t.match(all[0], { check: 'info', severity: 'fault', code: 'connection-refused', message: /nothing listens at 127\.0\.0\.1:\d+/ })
})

t.test('finds a certificate that browsers do not trust, and looks behind it when told so', async t => {
  const url = await tlsServer(t, (_request, response) => response.writeHead(404).end())
  const strict = await examine(`${url}/ws-stomp`)
  t.match(strict.of('info'), { code: 'certificate', message: /DEPTH_ZERO_SELF_SIGNED_CERT/, mend: /--insecure/ })
  const insecure = await examine(`${url}/ws-stomp`, { insecure: true })
  t.match(insecure.of('info'), { code: 'not-found' })
})

t.test('finds a port that does not speak TLS', async t => {
  const { url } = await springLikeInstance(t)
  const { of } = await examine(`${url.replace('http', 'https')}/ws-stomp`)
  t.match(of('info'), { code: 'tls', mend: /http:\/\// })
})

t.test('finds a port that does not speak HTTP', async t => {
  const instance = await fakeInstance(t, (_head, socket) => socket.end('220 mail.example.com ESMTP\r\n'))
  const { of } = await examine(instance.url)
  t.match(of('info'), { code: 'not-http', message: /HPE_/ })
})

t.test('finds a connection that breaks off before the answer', async t => {
  const instance = await fakeInstance(t, (_head, socket) => socket.destroy())
  const { of } = await examine(instance.url)
  t.match(of('info'), { code: 'broken-off' })
})

t.test('asks as a browser does, and sends neither cookie nor token', async t => {
  const { url, of, heads } = await recorder(t)
  t.match(of('info'), { code: 'not-found' }, url)
  t.match(heads[0], /^GET \/ws-stomp\/info\?t=\d+ HTTP/)
  t.equal(heads.filter(head => /\r\norigin: http:\/\/localhost:3000\r\n/i.test(head)).length, 1, 'one of them with Origin')
  for (const head of heads) t.notMatch(head, /\r\n(?:cookie|authorization):/i)
})

t.test('tells which site asks as browsers do: to https and to this machine only', async t => {
  const spring = await springLikeInstance(t, { allowed: [PAGE] })
  const heads: string[] = []
  const proxy = await plainProxy(t, [spring.url], {
    answer: ({ url, headers }) => {
      if (String(url).includes('jsonp')) heads.push(`${headers['sec-fetch-site']} ${headers['sec-fetch-dest']}`)
      return false
    }
  })
  await examine(`${proxy.url}/ws-stomp`)
  await examine(`${proxy.url.replace('127.0.0.1', '[::ffff:127.0.0.1]')}/ws-stomp`)
  t.same(heads, ['cross-site script', 'undefined undefined'])
})

async function recorder (t: Test) {
  const heads: string[] = []
  const instance = await fakeInstance(t, (head, socket) => {
    heads.push(head)
    socket.end(answerWith('', [], '404 Not Found'))
  })
  return { url: instance.url, heads, ...await examine(`${instance.url}/ws-stomp`) }
}

t.test('keeps no more than 64 KiB of a body, and its connection no longer than that', async t => {
  const server = createServer((_request, response) => {
    response.on('error', () => {})
    const pour = () => {
      while (response.write(Buffer.alloc(16_384, 'x')));
    }
    response.on('drain', pour)
    pour()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const closed = new Promise(resolve => {
    server.once('connection', socket => socket.on('error', () => {}).on('close', resolve))
  })
  const { port } = server.address() as AddressInfo
  const answer = await probeHttp({
    url: `http://127.0.0.1:${port}/`, method: 'GET', headers: {}, timeoutMs: 5_000, insecure: false
  })
  t.match(answer, { kind: 'answer', ended: 'limit' })
  t.equal(answer.kind === 'answer' && answer.body.length, 65_536)
  await closed
})

t.test('leaves an answer that is under way when its signal is aborted', async t => {
  const leaving = new AbortController()
  const server = createServer((_request, response) => {
    response.write('x')
    response.on('close', () => server.close())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answer = await probeHttp({
    url: `http://127.0.0.1:${port}/`,
    method: 'GET',
    headers: {},
    timeoutMs: 5_000,
    insecure: false,
    signal: leaving.signal,
    until: () => {
      leaving.abort()
      return false
    }
  })
  t.match(answer, { kind: 'answer', status: 200, body: 'x', ended: 'left' })
  await once(server, 'close')
})

/** An answer of one-byte chunks that never ends, as fast as its reader takes it. */
async function crumbs (t: Test): Promise<string> {
  const some = Buffer.from('1\r\nx\r\n'.repeat(20_000))
  const instance = await fakeInstance(t, (_head, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    const pour = () => {
      while (!socket.destroyed && socket.write(some));
    }
    socket.on('drain', pour)
    pour()
  })
  return instance.url
}

t.test('looks at the body once for all chunks of a read, and at none after its bound', async t => {
  const url = await crumbs(t)
  const ask = { url, method: 'GET', headers: {}, timeoutMs: 5_000, insecure: false } as const
  let looks = 0
  const answer = await probeHttp({ ...ask, until: () => ++looks < 0 })
  t.match(answer, { kind: 'answer', ended: 'limit' })
  t.equal(answer.kind === 'answer' && answer.body, 'x'.repeat(65_536))
  t.ok(looks < 1_000, `${looks} looks at 65,536 chunks`)
})

t.test('settles once, and is not kept busy by what a read still holds', async t => {
  const answer = new PassThrough()
  let settled = 0
  const response = Object.assign(answer, { statusCode: 200, rawHeaders: [] }) as unknown as IncomingMessage
  const stop = readAnswer(response, { askedAt: 0 }, () => { settled++ })
  for (let count = 0; count < 5; count++) answer.emit('data', Buffer.alloc(40_000))
  answer.emit('end')
  answer.emit('error', new Error('late'))
  stop('time-out')
  t.equal(settled, 1)
  t.equal(answer.listenerCount('data'), 0)
  t.ok(answer.destroyed)
})

t.test('tells first that browsers block a page on https, and looks on all the same', async t => {
  const origin = 'https://app.example.com'
  const { url } = await springLikeInstance(t, { allowed: [origin] })
  // An address that stays on this machine, which browsers do not take for one.
  const named = `${url.replace('127.0.0.1', '[::ffff:127.0.0.1]')}/ws-stomp`
  const { all } = await examine(named, { origin })
  t.match(all[0], { check: 'info', severity: 'fault', code: 'mixed-content' })
  t.same(all.slice(1).filter(({ severity }) => severity === 'fault'), [])

  const visit = { origin, timeoutMs: 5_000, settleMs: 25, insecure: false }
  const behind = await examineHop(hop('instance', named), visit)
  t.notOk(behind.some(({ code }) => code === 'mixed-content'), 'a server asks what it likes')
})

t.test('reads a head of 20 KiB, as browsers do, and none of 40 KiB', async t => {
  const server = createServer({ maxHeaderSize: 65_536 }, ({ url }, response) => {
    response.writeHead(204, { 'X-Long': 'x'.repeat(Number(url?.slice(1))) }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const ask = async (bytes: number) => await probeHttp({
    url: `http://127.0.0.1:${port}/${bytes}`, method: 'GET', headers: {}, timeoutMs: 5_000, insecure: false
  })
  t.match(await ask(20_480), { kind: 'answer', status: 204 })
  t.match(await ask(40_960), { kind: 'failure', code: 'HPE_HEADER_OVERFLOW' })
})

t.test('finds every name below localhost on this machine, as browsers do', async t => {
  const { port } = await springLikeInstance(t)
  const { all, of } = await examine(`http://api.chat.localhost:${port}/ws-stomp`, { origin: `http://api.chat.localhost:${port}` })
  t.match(of('info'), { severity: 'ok' })
  t.match(of('websocket'), { severity: 'ok' })
  t.same(all.filter(({ severity }) => severity === 'fault'), [])
  const elsewhere = await examine(`http://notlocalhost.invalid:${port}/ws-stomp`)
  t.match(elsewhere.of('info'), { code: 'unknown-host', message: /the name notlocalhost\.invalid has no address/ })
})
