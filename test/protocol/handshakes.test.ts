import { once } from 'node:events'
import type { Socket } from 'node:net'
import t from 'tap'
import { listen } from '../helper/build.js'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { gatewayPair, readAnswers } from '../helper/gateway-pair.js'
import { drained } from '../helper/joined-tunnel.js'
import { rawSocket, requestHead, SWITCH, upgradeHead } from '../helper/raw-socket.js'

const unfit = [
  ['answers another key', SWITCH.replace('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=')],
  ['answers no key', SWITCH.replace(/Sec-WebSocket-Accept: .*\r\n/, '')],
  ['switches to another protocol', SWITCH.replace('Upgrade: websocket', 'Upgrade: h2c')],
  ['names no protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ['is no 101', SWITCH.replace('101 Switching Protocols', '200 OK')],
  ['is no HTTP', 'hello there\r\n\r\n'],
  ['has two lengths', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['is framed twice', 'HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['is an HTTP/1.0 101', SWITCH.replace('HTTP/1.1', 'HTTP/1.0')],
  ['is an HTTP/1.0 101 and names no protocol', 'HTTP/1.0 101 Switching Protocols\r\n\r\n'],
  ['has a bare LF in its head', SWITCH.replace('websocket\r\n', 'websocket\n')],
  ['folds a line', SWITCH.replace('websocket\r\n', 'websocket\r\n , h2c\r\n')],
  ['has a head of more than 16 KiB', SWITCH.replace('\r\n\r\n', `\r\nA: ${'b'.repeat(17_000)}\r\n\r\n`)],
  ['has an interim head that is malformed', `HTTP/1.1 103 Early Hints\r\nLink : a\r\n\r\n${SWITCH}`],
  ['breaks off in a 101', SWITCH.slice(0, 50)],
  ['breaks off', 'HTTP/1.1 403 Forb']
] as const

for (const [name, bytes] of unfit) {
  t.test(`opens no tunnel on an answer that ${name}`, async t => {
    const instance = await fakeInstance(t, (_head, socket) => {
      socket.write(bytes)
      if (name.startsWith('breaks off') || name === 'is no 101') socket.end()
    })
    const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
    const client = await rawSocket(t, port, upgradeHead('/stomp/ws'))
    t.match(await client.closed(), /^HTTP\/1\.1 (502 [^]*"ERR_UPSTREAM_RESPONSE"|200 OK\r\n)/)
    t.notMatch(client.received(), /101 Switching/)
    const socket = await instance.connection()
    if (!socket.readableEnded) await once(socket, 'end')
    t.equal(app.tunnelCount(), 0)
    t.equal(app.pool.instances[0]!.open, 0)
    t.equal(instance.sockets.length, 1)
  })
}

t.test('waits behind an interim answer for the 101', async t => {
  const instance = await fakeInstance(t, (_head, socket) => { socket.write(`HTTP/1.1 103 Early Hints\r\n\r\n${SWITCH}`) })
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws'))
  t.match(await client.until(bytes => bytes.endsWith('\r\n\r\n')), /^HTTP\/1\.1 101 Switching Protocols\r\n/)
})

t.test('loses no byte that either side sends early', async t => {
  const instance = await fakeInstance(t, () => {})
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws') + 'with the head, ')
  await instance.seen(bytes => bytes.endsWith('\r\n\r\n'))
  client.write('before the answer')
  instance.sockets[0]!.write(SWITCH + 'with the answer')
  await instance.seen(bytes => bytes.endsWith('\r\n\r\nwith the head, before the answer'))
  await client.until(bytes => bytes.endsWith('\r\n\r\nwith the answer'))
})

t.test('passes no early byte to an instance that refuses', async t => {
  const instance = await fakeInstance(t, (_head, socket) => { socket.write(answerWith('no', [], '403 Forbidden')) })
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws') + 'GET /smuggled HTTP/1.1\r\n\r\n')
  t.match(await client.closed(), /^HTTP\/1\.1 403 Forbidden\r\n[^]*\r\n\r\nno$/)
  t.notMatch(instance.received[0], /smuggled/)
})

t.test('passes the head of a refusal on at once when its body is still to come', async t => {
  const head = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n'
  const instance = await fakeInstance(t, (_head, socket) => { socket.write(head) })
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws'))
  t.match(await client.until(bytes => bytes.endsWith('\r\n\r\n')), /^HTTP\/1\.1 403 Forbidden\r\n/)
  instance.sockets[0]!.write('no')
  t.match(await client.closed(), /no$/)
})

t.test('ends a refusal well that lasts until the instance closes', async t => {
  const gateway = await gatewayPair(t, {}, (_head, socket) => { socket.end('HTTP/1.1 403 No\r\n\r\nbecause') })
  const client = await gateway.open(upgradeHead('/stomp/ws'))
  t.match(readAnswers(await client.closed()), [{ status: 403, body: 'because' }])
})

t.test('cuts a refusal whose chunks are none, so that it does not look whole', async t => {
  const gateway = await gatewayPair(t, {}, (_head, socket) => {
    socket.write('HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n')
  })
  const client = await gateway.open(upgradeHead('/stomp/ws'))
  await client.until(bytes => bytes.includes('one'))
  ;(await gateway.instance.connection()).write('none\r\n0\r\n\r\n')
  t.notMatch(await client.closed(), /\r\n0\r\n/)
  t.equal(gateway.app.tunnelCount(), 0)
})

t.test('gives the handshake up when the client leaves', async t => {
  const instance = await fakeInstance(t, () => {})
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws'))
  await instance.seen(bytes => bytes.endsWith('\r\n\r\n'))
  const ended = once(instance.sockets[0]!, 'end')
  client.socket.resetAndDestroy()
  await ended
  t.equal(app.tunnelCount(), 0)
  t.match(app.pool.instances[0], { open: 0, failures: 0 })
})

t.test('reads a 101 that comes byte by byte, and passes on what stands behind it', async t => {
  const instance = await fakeInstance(t, async (_head, socket) => {
    socket.setNoDelay(true)
    for (const byte of `HTTP/1.1 100 Continue\r\n\r\n${SWITCH}\x81\x02hi`) {
      socket.write(byte, 'latin1')
      await new Promise(resolve => setImmediate(resolve))
    }
  })
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws'))
  const bytes = await client.until(bytes => bytes.endsWith('hi'))
  t.match(bytes, /^HTTP\/1\.1 101 /)
  t.equal(bytes.slice(bytes.indexOf('\r\n\r\n')), '\r\n\r\n\x81\x02hi')
})

t.test('tells an instance that is reset in place of its answer', async t => {
  const instance = await fakeInstance(t, (_head, socket) => { socket.resetAndDestroy() })
  const { port, app } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws'))
  t.match(await client.closed(), /^HTTP\/1\.1 502 [^]*"ERR_UPSTREAM_RESPONSE"/)
  t.equal(app.pool.instances[0]!.open, 0)
})

t.test('stops an instance whose long refusal is not read, and loses no byte of it', async t => {
  const body = Buffer.alloc(64 * 1_048_576, 'x')
  const instance = await fakeInstance(t, (_head, socket) => {
    socket.write(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\n\r\n`)
    socket.write(body)
  })
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url, UPGRADE_TIMEOUT_MS: '60000' })
  const { socket } = await rawSocket(t, port, upgradeHead('/stomp/ws'))
  socket.removeAllListeners('data').pause()
  const far = await instance.connection()
  t.equal(await drained(far), false, 'the instance is stopped')
  let seen = 0
  socket.on('data', chunk => { seen += chunk.length }).resume()
  await once(socket, 'end')
  t.ok(seen > body.length)
})

t.test('gives each of many clients its own refusal whole, though they are behind and the instances have closed', async t => {
  const gateway = await gatewayPair(t, { UPGRADE_TIMEOUT_MS: '60000' }, () => {})
  const refusals = Array.from({ length: 12 }, (_, i) => Buffer.alloc(24_000 + i * 4_000, 'a'.charCodeAt(0) + i))
  // The gateway has taken what was sent when it has answered somebody who came after.
  const settle = async () => { await gateway.ask(requestHead('GET /healthz', ['Connection: close'])) }
  const ways = []
  for (const [i, body] of refusals.entries()) {
    const accepted = once(gateway.app.server, 'connection') as Promise<[Socket]>
    const client = await gateway.open()
    const [near] = await accepted
    near.cork() // as if the kernel took nothing for this client
    client.write(upgradeHead('/stomp/ws'))
    const far = await gateway.instance.connection(i)
    await gateway.instance.seen(bytes => bytes.endsWith('\r\n\r\n'), i)
    far.setNoDelay(true).write(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\n\r\n`)
    ways.push({ body, client, near, far })
  }
  const longest = Math.max(...refusals.map(({ length }) => length))
  for (let at = 0; at < longest; at += 4_000) {
    for (const { far, body } of ways) if (at < body.length) far.write(body.subarray(at, at + 4_000))
    await settle()
  }
  for (const { far } of ways) far.end()
  await settle()
  for (const { near } of ways) near.uncork()
  for (const { client, body } of ways) {
    const [answer] = readAnswers(await client.closed())
    t.equal(answer?.status, 403)
    t.ok(answer?.body === body.toString(), `all ${body.length} bytes, and nobody else's`)
  }
})
