import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { parseUpstreams, type Upstream } from '../../../src/config/upstreams.js'
import { createClients } from '../../../src/proxy/clients.js'
import { dial } from '../../../src/proxy/dial.js'
import { forward } from '../../../src/proxy/forward.js'
import { createInstance } from '../../../src/upstream/instance.js'
import { createPool } from '../../../src/upstream/pool.js'
import { answerWith, fakeInstance } from '../../helper/fake-instance.js'
import { rawSocket, requestHead } from '../../helper/raw-socket.js'

/** One request, forwarded over connections that are made when the test calls `connectNow`. */
async function start (
  t: Test, url: string, headers: readonly string[] = [], stallMs?: number, revokeWithinMs?: number
) {
  const upstream = parseUpstreams(url).upstreams[0] as Upstream
  const instance = createInstance(upstream.id, upstream)
  const pool = createPool([instance], { random: Math.random })
  let asked: (make: (error?: Error) => void) => void
  const connecting = new Promise<(error?: Error) => void>(resolve => { asked = resolve })
  const clients = createClients([instance], {
    connectTimeoutMs: 1_000,
    responseTimeoutMs: 1_000,
    silenceMs: 60_000,
    bodyLimitBytes: 100,
    now: Date.now,
    dial: (given, timeoutMs, done, ...rest) => dial(given, timeoutMs, (error, socket) => {
      asked(failure => done(failure ?? error, failure === undefined ? socket : null))
    }, ...rest)
  })
  const gateway = createServer().listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  t.teardown(() => {
    gateway.closeAllConnections()
    gateway.close()
    clients.close()
  })
  const client = await rawSocket(t, (gateway.address() as AddressInfo).port, requestHead('GET /a'))
  const [request, response] = await once(gateway, 'request') as [IncomingMessage, ServerResponse]
  const failures: Array<Error & { code?: string }> = []
  let ends = 0
  const run = () => forward({
    pool,
    clientOf: clients.clientOf,
    bodyLimitBytes: 100,
    ...(stallMs !== undefined && { stallMs }),
    revokeWithinMs,
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
    },
    onEnd: () => { ends++ }
  })
  return { client, request, response, instance, failures, connecting, run, ends: () => ends }
}

async function leave (client: { socket: Socket }, { socket }: IncomingMessage): Promise<void> {
  const closed = new Promise(resolve => socket.once('close', resolve))
  client.socket.resetAndDestroy()
  await closed
}

t.test('sends nothing when the client left while its instance was dialled', async t => {
  const far = await fakeInstance(t)
  const { client, request, instance, failures, connecting, run, ends } = await start(t, far.url)
  run()
  const connectNow = await connecting
  t.equal(ends(), 0)
  t.equal(instance.open, 1)
  await leave(client, request)
  t.equal(instance.open, 0)
  connectNow()
  await far.connection()
  await new Promise(resolve => setImmediate(resolve)) // connected: a request would be written by now
  t.equal(ends(), 1)
  t.same(far.received, [''])
  t.same(failures, [])
})

t.test('does nothing for a client that left before', async t => {
  const far = await fakeInstance(t)
  const { client, request, instance, failures, run, ends } = await start(t, far.url)
  await leave(client, request)
  const end = run()
  t.equal(ends(), 1)
  end()
  t.equal(ends(), 1)
  t.equal(instance.open, 0)
  t.same(failures, [])
  t.equal(far.sockets.length, 0)
})

t.test('takes the blame for a request that cannot be written: no instance is set aside', async t => {
  const far = await fakeInstance(t)
  const { client, instance, failures, run } = await start(t, far.url, ['bad name', 'x'])
  run()
  t.match(await client.until(bytes => bytes.includes('\r\n\r\n')), /^HTTP\/1\.1 500 /)
  t.match(failures, [{ code: 'ERR_INTERNAL', cause: { message: 'a header line cannot be written' } }])
  t.match(instance, { open: 0, failures: 0 })
})

const LARGE = 64 * 1_048_576 // more than the buffers of two sockets take
t.test('cuts a client that takes nothing of a long answer, and the instance\'s request', async t => {
  const far = await fakeInstance(t, (_head, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${2 * LARGE}\r\n\r\n`)
    socket.write(Buffer.alloc(LARGE))
  })
  const { client, request, instance, connecting, run } = await start(t, far.url, [], 200)
  client.socket.pause()
  run()
  const closed = new Promise(resolve => request.socket.once('close', resolve))
  const connectNow = await connecting
  connectNow()
  await closed
  t.equal(instance.open, 0)
  const socket = far.sockets[0] as Socket
  if (!socket.destroyed) await new Promise(resolve => socket.once('close', resolve))
})

t.test('tiny chunks that came together leave as one', async t => {
  const far = await fakeInstance(t, (_head, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' + '1\r\nx\r\n'.repeat(100))
  })
  const { client, connecting, run } = await start(t, far.url)
  run()
  const connectNow = await connecting
  connectNow()
  await client.until(bytes => bytes.includes('x'))
  ;(far.sockets[0] as Socket).write('1\r\ny\r\n'.repeat(200) + '0\r\n\r\n')
  const bytes = await client.until(bytes => bytes.endsWith('\r\n0\r\n\r\n'))
  t.equal(bytes.slice(bytes.indexOf('\r\n\r\n')), `\r\n\r\n64\r\n${'x'.repeat(100)}\r\nc8\r\n${'y'.repeat(200)}\r\n0\r\n\r\n`)
})

t.test('cuts a client that takes nothing of the end of a whole answer', async t => {
  const far = await fakeInstance(t, (_head, socket) => { socket.write(answerWith('')) })
  const { client, request, response, instance, connecting, run } = await start(t, far.url, [], 200)
  client.socket.pause()
  const { socket } = request
  while (socket.writableLength === 0) socket.write(Buffer.alloc(1_048_576)) // all buffers are full
  run()
  const closed = new Promise(resolve => request.socket.once('close', resolve))
  const connectNow = await connecting
  connectNow()
  await closed
  t.ok(response.writableEnded)
  t.equal(instance.open, 0)
})

t.test('lets a client be that reads on in time, however often it pauses', async t => {
  const far = await fakeInstance(t, (_head, socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE}\r\n\r\n`)
    socket.write(Buffer.alloc(LARGE, 'y'))
  })
  const { client, request, connecting, run } = await start(t, far.url, [], 500)
  client.socket.removeAllListeners('data')
  let seen = 0
  const whole = new Promise<void>(resolve => client.socket.on('data', chunk => {
    seen += chunk.length
    if (seen > LARGE) resolve()
  }))
  run()
  const connectNow = await connecting
  connectNow()
  for (let pause = 0; pause < 4; pause++) {
    client.socket.pause()
    while (!request.socket.writableNeedDrain) await new Promise(resolve => setImmediate(resolve))
    await new Promise(resolve => setTimeout(resolve, 200)) // less than the limit, together more
    client.socket.resume()
    await once(request.socket, 'drain')
  }
  await whole
  t.notOk(request.socket.destroyed)
})

t.test('tells why no instance connects, and tries no other when the gateway has no socket left', async t => {
  for (const [code, expected] of [['ECONNREFUSED', 'ERR_UPSTREAM_CONNECT'], ['EMFILE', 'ERR_UPSTREAM_UNAVAILABLE']] as const) {
    const far = await fakeInstance(t)
    const { client, instance, failures, connecting, run } = await start(t, far.url)
    run()
    const connectNow = await connecting
    connectNow(Object.assign(new Error(`connect ${code}`), { code }))
    await client.until(bytes => bytes.includes('\r\n\r\n'))
    t.match(failures, [{ code: expected, cause: { message: `connect ${code}` } }])
    t.equal(instance.open, 0)
  }
})

t.test('cuts an answer that has begun at once when it is ended from outside', async t => {
  const far = await fakeInstance(t, (_head, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab')
  })
  const { client, instance, connecting, run, ends } = await start(t, far.url, [], undefined, 60_000)
  const end = run()
  const connectNow = await connecting
  connectNow()
  await client.until(bytes => bytes.endsWith('ab'))
  t.equal(ends(), 0)
  end()
  end()
  t.equal(ends(), 1)
  t.equal(instance.open, 0)
  await client.closed()
  const socket = far.sockets[0] as Socket
  if (!socket.readableEnded) await once(socket, 'end')
})

t.test('gives a request that is to end its time to be answered', async t => {
  let answer = () => {}
  const far = await fakeInstance(t, (_head, socket) => { answer = () => socket.write(answerWith('in time')) })
  const { client, connecting, run, ends } = await start(t, far.url, [], undefined, 60_000)
  const end = run()
  const connectNow = await connecting
  connectNow()
  await far.seen(bytes => bytes.includes('\r\n\r\n'))
  end()
  answer()
  t.match(await client.until(bytes => bytes.endsWith('in time')), /^HTTP\/1\.1 200 OK/)
  t.equal(ends(), 1)
  end()
  t.equal(ends(), 1)
})

t.test('ends the connection of a request that is not answered in this time, connected or not', async t => {
  for (const connects of [true, false]) {
    const far = await fakeInstance(t, () => {})
    const { client, instance, failures, connecting, run, ends } = await start(t, far.url)
    const end = run()
    const connectNow = await connecting
    if (connects) {
      connectNow()
      await far.seen(bytes => bytes.includes('\r\n\r\n'))
    }
    end()
    end()
    t.equal(await client.closed(), '')
    t.equal(ends(), 1)
    t.equal(instance.open, 0)
    t.same(failures, [])
  }
})

t.test('is over when a body was announced that is too large', async t => {
  const far = await fakeInstance(t)
  const { request, failures, run, ends } = await start(t, far.url)
  request.headers['content-length'] = '101'
  run()()
  t.match(failures, [{ code: 'ERR_BODY_TOO_LARGE' }])
  t.equal(ends(), 1)
})
