import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { Pool as Connections } from 'undici'
import { parseUpstreams, type Upstream } from '../../../src/config/upstreams.js'
import { forward } from '../../../src/proxy/forward.js'
import { createInstance } from '../../../src/upstream/instance.js'
import { createPool } from '../../../src/upstream/pool.js'
import { fakeInstance } from '../../helper/fake-instance.js'
import { rawSocket, requestHead } from '../../helper/raw-socket.js'

/** One request, forwarded over connections that are made when the test calls `connectNow`. */
async function start (t: Test, url: string, headers: readonly string[] = []) {
  const upstream = parseUpstreams(url).upstreams[0] as Upstream
  const instance = createInstance(upstream.id, upstream)
  const pool = createPool([instance], { random: Math.random })
  let asked: (make: () => void) => void
  const connecting = new Promise<() => void>(resolve => { asked = resolve })
  const connections = new Connections(url, {
    connect: (_options, done) => {
      asked(() => {
        const socket = connect(upstream.port, upstream.hostname, () => done(null, socket))
        socket.on('error', () => {})
      })
    }
  })
  const gateway = createServer().listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  t.teardown(async () => {
    gateway.closeAllConnections()
    gateway.close()
    await connections.destroy()
  })
  const client = await rawSocket(t, (gateway.address() as AddressInfo).port, requestHead('GET /a'))
  const [request, response] = await once(gateway, 'request') as [IncomingMessage, ServerResponse]
  const failures: Array<Error & { code?: string }> = []
  const run = () => forward({
    pool,
    clientOf: () => connections,
    bodyLimitBytes: 100,
    responseTimeoutMs: 1_000,
    now: Date.now,
    onRefused: () => {}
  }, {
    request,
    response,
    key: undefined,
    headers,
    targetFor: () => '/a',
    onHead: () => ({}),
    onFailure: error => {
      failures.push(error)
      response.writeHead(500).end()
    }
  })
  return { client, request, instance, failures, connecting, run }
}

async function leave (client: { socket: Socket }, { socket }: IncomingMessage): Promise<void> {
  const closed = new Promise(resolve => socket.once('close', resolve))
  client.socket.resetAndDestroy()
  await closed
}

t.test('sends nothing when the client left while its instance was dialled', async t => {
  const far = await fakeInstance(t)
  const { client, request, instance, failures, connecting, run } = await start(t, far.url)
  run()
  const connectNow = await connecting
  t.equal(instance.open, 1)
  await leave(client, request)
  t.equal(instance.open, 0)
  connectNow()
  await far.connection()
  await new Promise(resolve => setImmediate(resolve)) // connected: a request would be written by now
  t.same(far.received, [''])
  t.same(failures, [])
})

t.test('does nothing for a client that left before', async t => {
  const far = await fakeInstance(t)
  const { client, request, instance, failures, run } = await start(t, far.url)
  await leave(client, request)
  run()
  t.equal(instance.open, 0)
  t.same(failures, [])
  t.equal(far.sockets.length, 0)
})

t.test('takes the blame for a request that cannot be written: no instance is set aside', async t => {
  const far = await fakeInstance(t)
  const { client, instance, failures, run } = await start(t, far.url, ['bad name', 'x'])
  run()
  t.match(await client.until(bytes => bytes.includes('\r\n\r\n')), /^HTTP\/1\.1 500 /)
  t.match(failures, [{ code: 'ERR_INTERNAL', cause: { code: 'UND_ERR_INVALID_ARG' } }])
  t.match(instance, { open: 0, failures: 0 })
})
