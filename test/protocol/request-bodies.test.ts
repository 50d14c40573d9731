import { randomBytes } from 'node:crypto'
import t from 'tap'
import { listen } from '../helper/build.js'
import { exchange } from '../helper/exchange.js'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { httpInstance } from '../helper/http-instance.js'
import { rawSocket, requestHead } from '../helper/raw-socket.js'

const MEBIBYTE = 1_048_576

/** Bytes that a parser of text, JSON or forms would change. */
const AWKWARD = Buffer.concat([Buffer.from('a=1&a=%zz+"\r\n\u0000[1,'), Buffer.from([0xff, 0xfe, 0x80]), randomBytes(64)])

const TYPES = [
  'text/plain;charset=UTF-8', 'application/json', 'application/x-www-form-urlencoded', 'application/octet-stream',
  'multipart/form-data; boundary=x', 'no type at all', '', undefined
]

const BODIES = [
  ['with a length', AWKWARD],
  ['in chunks', [AWKWARD, AWKWARD]],
  ['of 1 MiB with a length', randomBytes(MEBIBYTE)],
  ['of 1 MiB in chunks', [randomBytes(MEBIBYTE / 2), randomBytes(MEBIBYTE / 2)]]
] as const

for (const [name, body] of BODIES) {
  t.test(`passes a body ${name} byte for byte, whatever its type is called`, async t => {
    const instance = await httpInstance(t)
    const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
    const whole = Array.isArray(body) ? Buffer.concat(body) : body as Buffer
    for (const type of TYPES) {
      const headers = type === undefined ? {} : { 'content-type': type }
      const { status } = await exchange(`${url}/stomp/a`, { method: 'POST', headers, body: body as Buffer })
      const seen = instance.requests.at(-1)!
      t.equal(status, 200, `${type}`)
      t.ok(seen.body.equals(whole), `${type}: ${seen.body.length} bytes`)
      t.equal(seen.headers['content-type'], type)
    }
  })
}

t.test('a length with zeros before it goes on as the number it is', async t => {
  const instance = await fakeInstance(t)
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  await rawSocket(t, port, requestHead('POST /stomp/a', ['Content-Length: 010']) + 'ten bytes!')
  t.match(await instance.seen(bytes => bytes.endsWith('ten bytes!')), /content-length: 10\r\n\r\nten/i)
})

t.test('frames a body for the instance with its length when that is known, else in chunks', async t => {
  const instance = await fakeInstance(t, () => {})
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, requestHead('POST /stomp/a', ['Content-Length: 12']) + 'twelve bytes')
  t.match(await instance.seen(bytes => bytes.endsWith('twelve bytes')), /content-length: 12\r\n\r\ntwelve/i)
  instance.sockets[0]!.write(answerWith('one'))
  await client.until(bytes => bytes.endsWith('one'))
  client.write(requestHead('POST /stomp/a', ['Transfer-Encoding: chunked']) + '5\r\nfirst\r\n')
  t.match(await instance.seen(bytes => bytes.endsWith('5\r\nfirst\r\n')), /transfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n$/i)
  client.write('0\r\n\r\n')
  await instance.seen(bytes => bytes.endsWith('first\r\n0\r\n\r\n'))
})

t.test('passes the rest of a body when its answer has begun', async t => {
  const instance = await fakeInstance(t, () => {})
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, requestHead('POST /stomp/a', ['Content-Length: 4']) + 'ab')
  await instance.seen(bytes => bytes.endsWith('ab'))
  instance.sockets[0]!.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\non')
  await client.until(bytes => bytes.endsWith('on'))
  client.write('cd')
  await instance.seen(bytes => bytes.endsWith('abcd'))
  instance.sockets[0]!.write('e!')
  await client.until(bytes => bytes.endsWith('one!'))
})

t.test('keeps the connection in step when an instance answers before it has the whole body', async t => {
  const instance = await fakeInstance(t)
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, requestHead('POST /stomp/a', ['Content-Length: 100000']) + 'first')
  await client.until(bytes => bytes.endsWith('ok'))
  client.write('x'.repeat(100_000 - 5) + requestHead('GET /healthz'))
  await client.until(bytes => bytes.endsWith('{"status":"ok"}'))
})

for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
  t.test(`passes ${method}, with a body and without`, async t => {
    const instance = await httpInstance(t)
    const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
    t.equal((await exchange(`${url}/stomp/a`, { method })).text, `${method} /a`)
    await exchange(`${url}/stomp/a`, { method, body: AWKWARD })
    await exchange(`${url}/stomp/a`, { method, body: [AWKWARD], headers: { 'content-type': 'application/json' } })
    const bodies = instance.requests.map(({ body }) => body.length)
    t.same(bodies, [0, AWKWARD.length, AWKWARD.length])
    t.ok(instance.requests.every(seen => seen.method === method))
  })
}

t.test('passes the first bytes of a body on while the client still holds the rest', async t => {
  const instance = await fakeInstance(t, () => {})
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, requestHead('POST /stomp/a', ['Content-Length: 10']) + 'first')
  t.match(await instance.seen(bytes => bytes.endsWith('first')), /^POST \/a HTTP\/1\.1\r\n/)
  client.write('later')
  await instance.seen(bytes => bytes.endsWith('firstlater'))
  instance.sockets[0]!.write(answerWith('whole'))
  t.match(await client.until(bytes => bytes.endsWith('whole')), /^HTTP\/1\.1 200 OK\r\n/)
})

t.test('answers 413 to an announced length over the limit, and no instance hears of it', async t => {
  const instance = await fakeInstance(t)
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url, BODY_LIMIT_BYTES: '100' })
  const over = await exchange(`${url}/stomp/a`, { method: 'POST', body: 'x'.repeat(101) })
  t.match([over.status, JSON.parse(over.text).code], [413, 'ERR_BODY_TOO_LARGE'])
  t.equal(instance.sockets.length, 0)
  t.equal((await exchange(`${url}/stomp/a`, { method: 'POST', body: 'x'.repeat(100) })).status, 200)
})

t.test('answers 413 to chunks that grow over the limit, and breaks off at the instance', async t => {
  const instance = await fakeInstance(t, () => {})
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url, BODY_LIMIT_BYTES: '100' })
  const head = requestHead('POST /stomp/a', ['Transfer-Encoding: chunked'])
  const client = await rawSocket(t, port, `${head}64\r\n${'x'.repeat(100)}\r\n`)
  await instance.seen(bytes => bytes.includes('x'.repeat(100)))
  const broken = new Promise(resolve => instance.sockets[0]!.once('close', resolve).once('end', resolve))
  client.write('1\r\nx\r\n0\r\n\r\n')
  t.match(await client.until(bytes => bytes.includes('}')), /^HTTP\/1\.1 413 [^]*ERR_BODY_TOO_LARGE/)
  await broken
  t.notMatch(instance.received[0], /0\r\n\r\n$/)
  client.write(requestHead('GET /healthz'))
  await client.until(bytes => bytes.includes('{"status":"ok"}'))
})

t.test('ends the request at the instance when the client breaks off in its body', async t => {
  const instance = await fakeInstance(t, () => {})
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, requestHead('POST /stomp/a', ['Content-Length: 10']) + 'first')
  await instance.seen(bytes => bytes.endsWith('first'))
  const broken = new Promise(resolve => instance.sockets[0]!.once('close', resolve).once('end', resolve))
  client.socket.resetAndDestroy()
  await broken
  t.equal(app.pool.instances[0]!.open, 0)
})
