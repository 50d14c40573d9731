import t, { type Test } from 'tap'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { build, listen } from '../helper/build.js'
import { rawSocket, requestHead, SWITCH, upgradeHead } from '../helper/raw-socket.js'

const LONG = '600000'

async function withTunnel (t: Test, graceMs: string) {
  const instance = await fakeInstance(t, (_, socket) => socket.write(SWITCH))
  const gateway = await listen(t, { STOMP_UPSTREAMS: instance.url, SHUTDOWN_GRACE_MS: graceMs })
  const tunnel = await rawSocket(t, gateway.port, upgradeHead('/stomp/ws/websocket'))
  await tunnel.until(bytes => bytes.startsWith('HTTP/1.1 101'))
  instance.sockets[0]?.once('end', () => instance.sockets[0]?.end())
  return { ...gateway, instance, tunnel }
}

t.test('a gateway with nothing under way closes at once, idle connections, too', async t => {
  const { app, port } = await listen(t, { SHUTDOWN_GRACE_MS: LONG })
  const idle = await rawSocket(t, port, requestHead('GET /healthz'))
  await idle.until(bytes => bytes.includes('"ok"'))
  const silent = await rawSocket(t, port)
  t.equal(app.isDraining(), false)
  const drained = app.drain()
  t.equal(app.isDraining(), true)
  await Promise.all([drained, idle.closed(), silent.closed()])
  t.equal(app.server.listening, false)
})

t.test('an answer that a slow client has yet to read is let out before its socket is closed', async t => {
  const { app } = await build(t, { SHUTDOWN_GRACE_MS: LONG })
  const size = 32 * 1_048_576 // more than the buffers of both sockets take
  app.get('/large', async (_request, reply) => reply.send(Buffer.alloc(size, 'x')))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const client = await rawSocket(t, (app.server.address() as AddressInfo).port, requestHead('GET /large'))
  await client.until(bytes => bytes.includes('\r\n\r\n'))
  client.socket.pause()
  const drained = app.drain()
  client.socket.resume()
  const answer = await client.closed()
  t.equal(answer.length - answer.indexOf('\r\n\r\n') - 4, size, 'every byte arrives')
  await drained
})

t.test('a request under way is answered, says that its connection ends, and nothing behind it is served', async t => {
  const instance = await fakeInstance(t, () => {})
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url, SHUTDOWN_GRACE_MS: LONG })
  const early = await rawSocket(t, port, requestHead('GET /stomp/ws/info'))
  const toEarly = await instance.connection()
  await instance.seen(bytes => bytes.includes('\r\n\r\n'))
  const drained = app.drain()
  const late = await rawSocket(t, port, requestHead('GET /healthz') + requestHead('GET /stomp/ws/behind'))
  const answer = await late.closed()
  t.match(answer, /^connection: close\r$/im)
  t.same(answer.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200'], 'one answer')

  toEarly.write(answerWith('whole'))
  t.match(await early.closed(), /whole$/)
  await drained
  t.equal(instance.sockets.length, 1, 'the pipelined request reached no instance')
})

t.test('the first request that waited behind one under way is answered, too, and is the last', async t => {
  const instance = await fakeInstance(t, () => {})
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url, SHUTDOWN_GRACE_MS: LONG })
  const client = await rawSocket(t, port, [
    requestHead('GET /stomp/a'), requestHead('GET /healthz'), requestHead('GET /stomp/ws/behind')
  ].join(''))
  const toClient = await instance.connection()
  await instance.seen(bytes => bytes.includes('\r\n\r\n'))
  const drained = app.drain()
  toClient.write(answerWith('whole'))
  const answers = await client.closed()
  t.same(answers.match(/HTTP\/1\.1 \d+|connection: close/gi), ['HTTP/1.1 200', 'HTTP/1.1 200', 'connection: close'])
  await drained
  t.equal(instance.sockets.length, 1, 'what waited behind it reached no instance')
})

t.test('a refusal while draining ends its connection, too', async t => {
  const { app, port, tunnel } = await withTunnel(t, LONG)
  const drained = app.drain()
  const client = await rawSocket(t, port, requestHead('GET /', ['Origin: https://evil.test']))
  const answer = await client.closed()
  t.match(answer, /^HTTP\/1\.1 403 /)
  t.match(answer, /^connection: close\r$/im)
  tunnel.socket.destroy()
  await drained
})

t.test('tunnels live until the grace is over, then end after their last bytes', async t => {
  const { app, tunnel, instance } = await withTunnel(t, LONG)
  const drained = app.drain()
  tunnel.write('still here')
  await instance.seen(bytes => bytes.endsWith('still here'))
  t.equal(app.tunnelCount(), 1)
  tunnel.socket.destroy()
  await drained
  t.equal(app.tunnelCount(), 0)

  const short = await withTunnel(t, '0')
  short.instance.sockets[0]?.write('last words')
  await short.tunnel.until(bytes => bytes.endsWith('last words'))
  await Promise.all([short.app.drain(), short.tunnel.closed()])
})

t.test('a client that reads no more is cut soon after the grace', async t => {
  const { app, tunnel, instance, port } = await withTunnel(t, '0')
  tunnel.socket.destroy()
  const [[toClient], stalled] = await Promise.all([
    once(app.server, 'connection') as Promise<[Socket]>, rawSocket(t, port, upgradeHead('/stomp/ws/websocket'))
  ])
  await stalled.until(bytes => bytes.startsWith('HTTP/1.1 101'))
  stalled.socket.pause()
  const chunk = Buffer.alloc(1_048_576)
  for (let i = 0; i < 32; i++) instance.sockets[1]?.write(chunk)
  while (toClient.writableLength === 0 || !toClient.writableNeedDrain) {
    await new Promise(resolve => setImmediate(resolve))
  }
  const begin = Date.now()
  await app.drain()
  t.ok(Date.now() - begin < 5_000, 'sooner than the lingering of a tunnel')
})

t.test('a client that leaves is not waited for', async t => {
  const instance = await fakeInstance(t, () => {})
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url, SHUTDOWN_GRACE_MS: LONG })
  const client = await rawSocket(t, port, requestHead('GET /stomp/ws/info') + requestHead('GET /stomp/ws/info'))
  await instance.connection()
  const drained = app.drain()
  client.socket.destroy()
  await drained
  t.equal(app.server.listening, false)
})
