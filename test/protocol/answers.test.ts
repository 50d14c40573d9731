import { once } from 'node:events'
import t from 'tap'
import { listen } from '../helper/build.js'
import { exchange, openExchange } from '../helper/exchange.js'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { httpInstance } from '../helper/http-instance.js'
import { rawSocket, requestHead } from '../helper/raw-socket.js'

const ORIGIN = 'https://app.example.com'

t.test('passes status, reason phrase, repeated lines and body of an answer', async t => {
  const answer = answerWith('teapot', ['Set-Cookie: a=1; Path=/', 'Set-Cookie: b=2', 'X-Seen: yes', 'Cache-Control: no-store'],
    '418 Short And Stout')
  const instance = await fakeInstance(t, (_head, socket) => { socket.write(answer) })
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const { status, statusText, headers, rawHeaders, text } = await exchange(`${url}/stomp/a`)
  t.match([status, statusText, text], [418, 'Short And Stout', 'teapot'])
  t.same(headers['set-cookie'], ['a=1; Path=/', 'b=2'])
  t.match(headers, { 'x-seen': 'yes', 'cache-control': 'no-store', 'content-length': '6' })
  t.ok(rawHeaders.includes('X-Seen'), 'spelling is kept')
})

t.test('passes an empty reason phrase as an empty one', async t => {
  const instance = await fakeInstance(t, (_head, socket) => { socket.write(answerWith('ok', [], '200 ')) })
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, requestHead('GET /stomp/a'))
  t.match(await client.until(bytes => bytes.endsWith('ok')), /^HTTP\/1\.1 200 \r\n/)
})

t.test('drops a reason phrase that is no text and keeps the status', async t => {
  const instance = await fakeInstance(t, (_head, socket) => {
    socket.write(Buffer.from(answerWith('ok', [], '200 \xe9\xff'), 'latin1'))
  })
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, requestHead('GET /stomp/a'))
  t.match(await client.until(bytes => bytes.endsWith('ok')), /^HTTP\/1\.1 200 \r\n/)
})

t.test('answers HEAD with the length of the body and no body', async t => {
  const instance = await httpInstance(t, (_request, response) => {
    response.setHeader('content-length', 1_234).end()
  })
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, requestHead('HEAD /stomp/a') + requestHead('GET /healthz', ['Connection: close']))
  const bytes = await client.closed()
  t.match(bytes, /^HTTP\/1\.1 200 OK\r\n[^]*Content-Length: 1234\r\n[^]*\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*"status":"ok"/i)
  t.equal(instance.requests[0]!.method, 'HEAD')
})

for (const status of ['204 No Content', '304 Not Modified']) {
  t.test(`passes ${status} without a body, and the connection lives on`, async t => {
    const instance = await fakeInstance(t, (_head, socket) => { socket.write(`HTTP/1.1 ${status}\r\nETag: "1"\r\n\r\n`) })
    const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
    const client = await rawSocket(t, port, requestHead('GET /stomp/a', ['If-None-Match: "1"']))
    const bytes = await client.until(bytes => bytes.includes('\r\n\r\n'))
    t.match(bytes, new RegExp(`^HTTP/1\\.1 ${status}\r\nETag: "1"\r\n`))
    t.notMatch(bytes, /transfer-encoding/i)
    t.match(instance.received[0], /\r\nIf-None-Match: "1"\r\n/)
    client.write(requestHead('GET /stomp/a', ['Connection: close']))
    t.equal((await client.closed()).split(`HTTP/1.1 ${status}`).length, 3)
  })
}

t.test('passes an answer that ends with its connection', async t => {
  const instance = await fakeInstance(t, (_head, socket) => { socket.end('HTTP/1.0 200 OK\r\n\r\nuntil the end') })
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  t.equal((await exchange(`${url}/stomp/a`)).text, 'until the end')
})

t.test('passes a large answer whole to a client that reads slowly', async t => {
  const part = Buffer.alloc(65_536, 'a')
  const instance = await httpInstance(t, (_request, response) => {
    let left = 320 // 20 MiB
    const write = () => {
      while (left > 0) {
        left -= 1
        if (!response.write(part)) return response.once('drain', write)
      }
      response.end()
    }
    write()
  })
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const response = await openExchange(`${url}/stomp/a`).answer
  await once(response, 'readable')
  await new Promise(resolve => setImmediate(resolve)) // the gateway fills what it may while nobody reads
  let bytes = 0
  for await (const chunk of response) bytes += chunk.length
  t.equal(bytes, 320 * 65_536)
})

t.test('passes the head at once when the body is still to come', async t => {
  const instance = await fakeInstance(t, (_head, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
  })
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, requestHead('GET /stomp/a'))
  t.match(await client.until(bytes => bytes.endsWith('\r\n\r\n')), /^HTTP\/1\.1 200 OK\r\n[^]*Transfer-Encoding: chunked/)
  instance.sockets[0]!.write('4\r\nbody\r\n0\r\n\r\n')
  await client.until(bytes => bytes.endsWith('4\r\nbody\r\n0\r\n\r\n'))
})

t.test('waits behind interim answers of an instance for the final one', async t => {
  const instance = await fakeInstance(t, (_head, socket) => {
    socket.write(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${answerWith('final')}`)
  })
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, requestHead('GET /stomp/a'))
  const bytes = await client.until(bytes => bytes.endsWith('final'))
  t.match(bytes, /^HTTP\/1\.1 200 OK\r\n/)
  t.notMatch(bytes, /Link/)
})

t.test('answers 504 when no first byte comes in time, and ends the request at the instance', async t => {
  const instance = await fakeInstance(t, () => {})
  const { app, url } = await listen(t, { STOMP_UPSTREAMS: instance.url, RESPONSE_TIMEOUT_MS: '100' })
  const { status, text } = await exchange(`${url}/stomp/a`)
  t.match([status, JSON.parse(text).code], [504, 'ERR_UPSTREAM_TIMEOUT'])
  const socket = await instance.connection()
  if (!socket.readableEnded) await once(socket, 'end')
  t.equal(app.pool.instances[0]!.open, 0)
})

t.test('gives an instance its time anew with each chunk of the request', async t => {
  const instance = await fakeInstance(t, () => {})
  const { port, url } = await listen(t, { STOMP_UPSTREAMS: instance.url, RESPONSE_TIMEOUT_MS: '500' })
  const client = await rawSocket(t, port, requestHead('POST /stomp/a', ['Transfer-Encoding: chunked']) + '1\r\na\r\n')
  await instance.seen(bytes => bytes.endsWith('1\r\na\r\n'))
  const laterStatus: number[] = []
  const later = exchange(`${url}/stomp/b`).then(({ status }) => { laterStatus.push(status) })
  for (; laterStatus.length === 0; await exchange(`${url}/healthz`)) client.write('1\r\nb\r\n')
  await later
  t.same(laterStatus, [504], 'the time of a request that began later, and sent nothing since, is over')
  t.equal(client.received(), '')
  client.write('0\r\n\r\n')
  await instance.seen(bytes => bytes.endsWith('0\r\n\r\n'))
  instance.sockets[0]!.write(answerWith('ok'))
  t.match(await client.until(bytes => bytes.endsWith('ok')), /^HTTP\/1\.1 200 OK/)
})

t.test('sets no limit to the body of an answer that has begun', async t => {
  const instance = await fakeInstance(t, (head, socket) => {
    if (head.includes('/slow')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n')
  })
  const { port, url } = await listen(t, { STOMP_UPSTREAMS: instance.url, RESPONSE_TIMEOUT_MS: '100' })
  const client = await rawSocket(t, port, requestHead('GET /stomp/slow'))
  await client.until(bytes => bytes.endsWith('\r\n\r\n'))
  t.equal((await exchange(`${url}/stomp/none`)).status, 504, 'the time of a request that began later is over')
  instance.sockets[0]!.write('ok')
  t.match(await client.until(bytes => bytes.endsWith('ok')), /^HTTP\/1\.1 200 OK/)
})

t.test('shows an answer that breaks off as broken, with a length and in chunks', async t => {
  for (const framing of ['Content-Length: 100\r\n\r\npart', 'Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n']) {
    const instance = await fakeInstance(t, (_head, socket) => { socket.end(`HTTP/1.1 200 OK\r\n${framing}`) })
    const { app, url, port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
    await t.rejects(exchange(`${url}/stomp/a`), { code: 'ECONNRESET' })
    const bytes = await (await rawSocket(t, port, requestHead('GET /stomp/a'))).closed()
    t.match(bytes, /^HTTP\/1\.1 200 OK/)
    t.notMatch(bytes, /0\r\n\r\n$/)
    t.equal(app.pool.instances[0]!.open, 0)
  }
})

for (const [name, bytes] of [
  ['is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
  ['has two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['switches protocols unasked', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\nConnection: Upgrade\r\n\r\n'],
  ['is over before it began', '']
] as const) {
  t.test(`answers 502 to an answer that ${name}, and does not say why to the client`, async t => {
    const instance = await fakeInstance(t, (_head, socket) => { socket.end(bytes) })
    const { url, app } = await listen(t, { STOMP_UPSTREAMS: instance.url, ALLOWED_ORIGINS: ORIGIN })
    const { status, headers, text } = await exchange(`${url}/stomp/a`, { method: 'POST', headers: { origin: ORIGIN } })
    t.match([status, JSON.parse(text).code], [502, 'ERR_UPSTREAM_RESPONSE'])
    t.equal(headers['access-control-allow-origin'], ORIGIN)
    t.notMatch(text, /127\.0\.0\.1|SSH|socket/)
    t.equal(app.pool.instances[0]!.open, 0)
  })
}

t.test('answers as the instance does to a client of HTTP/1.0, framed by the end of the connection', async t => {
  const instance = await httpInstance(t, (_request, response) => {
    response.write('in ')
    response.end('chunks')
  })
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, 'GET /stomp/a HTTP/1.0\r\nHost: gateway.test\r\n\r\n')
  const bytes = await client.closed()
  t.match(bytes, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nin chunks$/)
  t.notMatch(bytes, /transfer-encoding/i)
})

t.test('ends the request at the instance when the client leaves before the answer', async t => {
  const instance = await fakeInstance(t, () => {})
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, requestHead('GET /stomp/a'))
  await instance.seen(bytes => bytes.includes('\r\n\r\n'))
  const socket = await instance.connection()
  client.socket.destroy()
  await once(socket, 'end')
  t.equal(app.pool.instances[0]!.open, 0)
})
