import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { listen } from '../helper/build.js'
import { exchange, openExchange } from '../helper/exchange.js'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { rawSocket, requestHead, SWITCH, upgradeHead } from '../helper/raw-socket.js'

/** Streams for `/stream`, tunnels for upgrades, silence for `/slow`. */
function answerAll (head: string, socket: NodeJS.WritableStream): void {
  if (/^GET \S*stream/.test(head)) socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\no\n\r\n')
  else if (/^Upgrade: websocket\r$/m.test(head)) socket.write(SWITCH)
  else if (!head.includes('slow')) socket.write(answerWith('ok'))
}

async function isListening (port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return await new Promise(resolve => {
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    }).once('error', () => resolve(false))
  })
}

t.test('is not ready at once, and still listens while a request is under way', async t => {
  const instance = await fakeInstance(t, answerAll)
  const { app, url, port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  t.equal((await exchange(`${url}/readyz`)).status, 200)
  const slow = exchange(`${url}/stomp/slow`)
  await instance.seen(bytes => bytes.includes('/slow'))
  const drained = app.drain()
  const ready = await exchange(`${url}/readyz`)
  t.match([ready.status, JSON.parse(ready.text).status], [503, 'draining'])
  t.equal((await exchange(`${url}/healthz`)).status, 200)
  t.equal((await exchange(`${url}/stomp/new`)).text, 'ok', 'HTTP requests are served until the end')
  instance.sockets[0]!.write(answerWith('late'))
  t.match(await slow, { status: 200, text: 'late', headers: { connection: 'close' } })
  await drained
  t.notOk(await isListening(port))
})

t.test('refuses new upgrades with 503 and Retry-After from the first moment on', async t => {
  const instance = await fakeInstance(t, answerAll)
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const tunnel = await rawSocket(t, port, upgradeHead('/stomp/ws'))
  await tunnel.until(bytes => bytes.endsWith('\r\n\r\n'))
  const drained = app.drain()
  const answer = await (await rawSocket(t, port, upgradeHead('/stomp/ws'))).closed()
  t.match(answer, /^HTTP\/1\.1 503 [^]*retry-after: 5\r\n[^]*"ERR_SHUTTING_DOWN"/i)
  t.equal(instance.sockets.length, 1)
  tunnel.socket.end()
  instance.sockets[0]!.end()
  await drained
})

t.test('lets a tunnel live on until its own end, and then closes', async t => {
  const instance = await fakeInstance(t, answerAll)
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const tunnel = await rawSocket(t, port, upgradeHead('/stomp/ws'))
  await tunnel.until(bytes => bytes.endsWith('\r\n\r\n'))
  const drained = app.drain()
  tunnel.write('still here')
  await instance.seen(bytes => bytes.endsWith('still here'))
  instance.sockets[0]!.end('goodbye')
  t.match(await tunnel.closed(), /goodbye$/)
  await drained
  t.equal(app.tunnelCount(), 0)
})

t.test('ends tunnels, streams and requests when the grace is over, and lets nothing open', async t => {
  const instance = await fakeInstance(t, answerAll)
  const { app, url, port } = await listen(t, { STOMP_UPSTREAMS: instance.url, SHUTDOWN_GRACE_MS: '100' })
  const tunnel = await rawSocket(t, port, upgradeHead('/stomp/ws'))
  await tunnel.until(bytes => bytes.endsWith('\r\n\r\n'))
  const stream = await openExchange(`${url}/stomp/stream`).answer
  await once(stream, 'data')
  const slow = openExchange(`${url}/stomp/slow`)
  await instance.seen(bytes => bytes.includes('/slow'), 2)
  const broken = once(stream, 'error')
  await app.drain()
  await tunnel.closed()
  t.match(await broken, [{ code: 'ECONNRESET' }])
  await t.rejects(slow.answer)
  for (const socket of instance.sockets) if (!socket.readableEnded) await once(socket, 'end')
  t.same(app.pool.instances.map(({ open }) => open), [0])
  t.equal(app.tunnelCount(), 0)
  t.notOk(await isListening(port))
})

t.test('is not held up by a client that has stopped reading its tunnel', async t => {
  const instance = await fakeInstance(t, answerAll)
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url, SHUTDOWN_GRACE_MS: '0' })
  const tunnel = await rawSocket(t, port, upgradeHead('/stomp/ws'))
  await tunnel.until(bytes => bytes.endsWith('\r\n\r\n'))
  tunnel.socket.pause()
  const sender = instance.sockets[0]!
  while (sender.writableLength < 1_048_576) { // what neither the gateway nor the kernel takes any more
    sender.write(Buffer.alloc(1_048_576))
    await new Promise(resolve => setImmediate(resolve))
  }
  const startedAt = Date.now()
  await app.drain()
  t.ok(Date.now() - startedAt < 4_000, `${Date.now() - startedAt} ms`)
  // The socket's 'close' may still be on its way.
  while (app.tunnelCount() > 0) await new Promise(resolve => setImmediate(resolve))
})

t.test('sends what an instance has written before a tunnel ends', async t => {
  const instance = await fakeInstance(t, answerAll)
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url, SHUTDOWN_GRACE_MS: '0' })
  const tunnel = await rawSocket(t, port, upgradeHead('/stomp/ws'))
  await tunnel.until(bytes => bytes.endsWith('\r\n\r\n'))
  const before = tunnel.received().length
  instance.sockets[0]!.write('x'.repeat(100_000))
  await tunnel.until(bytes => bytes.length > before)
  await app.drain()
  t.match((await tunnel.closed()).slice(before), /^x+$/)
})

t.test('ends an upgrade whose instance has not answered yet', async t => {
  const instance = await fakeInstance(t, () => {})
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url, SHUTDOWN_GRACE_MS: '0' })
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws'))
  await instance.seen(bytes => bytes.includes('\r\n\r\n'))
  await app.drain()
  t.equal(await client.closed(), '')
  t.equal(app.pool.instances[0]!.open, 0)
})

t.test('asks connections that are kept open to close after their next answer', async t => {
  const instance = await fakeInstance(t, answerAll)
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const kept = await rawSocket(t, port, requestHead('GET /healthz'))
  await kept.until(bytes => bytes.endsWith('}'))
  const busy = await rawSocket(t, port, requestHead('GET /stomp/slow'))
  await instance.seen(bytes => bytes.includes('/slow'))
  const drained = app.drain()
  kept.write(requestHead('GET /healthz') + requestHead('GET /stomp/behind'))
  t.match((await kept.closed()).split('HTTP/1.1 ').slice(2), [/^200 OK\r\n[^]*connection: close/i])
  t.notMatch(instance.received.join(), '/behind')
  instance.sockets[0]!.write(answerWith('late'))
  t.match(await busy.closed(), /late$/)
  await drained
})
