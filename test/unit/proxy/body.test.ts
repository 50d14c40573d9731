import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { announcedLength, announcesBody, pumpBody } from '../../../src/proxy/body.js'
import { socketPair } from '../../helper/socket-pair.js'

/** A request as node:http hands it over, and the client that sends it. */
async function receive (t: Test, lines: string, body = '') {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => {
    client.destroy()
    server.close()
  })
  client.on('error', () => {})
  client.write(`POST / HTTP/1.1\r\nHost: a\r\n${lines}\r\n${body}`)
  const [request] = await once(server, 'request') as [IncomingMessage]
  return { client, request }
}

/** The request's body on its way to an instance, and what arrives there. */
async function pump (t: Test, lines: string, body: string, limit: number) {
  const { client, request } = await receive(t, lines, body)
  const { dialled: near, accepted: far } = await socketPair(t)
  let arrived = ''
  far.on('data', chunk => { arrived += chunk.toString('latin1') })
  let end = () => {}
  const ended = new Promise<void>(resolve => { end = resolve })
  const events = { chunks: 0, ends: 0, failures: [] as Error[] }
  const stop = pumpBody(request, near, limit, {
    onChunk: () => { events.chunks++ },
    onEnd: () => {
      events.ends++
      end()
    },
    onTooLarge: error => { events.failures.push(error) }
  })
  const until = (expected: string) => new Promise<void>(resolve => {
    const look = () => {
      if (arrived !== expected) return
      far.off('data', look)
      resolve()
    }
    far.on('data', look)
    look()
  })
  return { client, request, ended, near, far, events, stop, until, arrived: () => arrived }
}

const heads = [
  ['no length', '', false, 0],
  ['a length of 0', 'Content-Length: 0\r\n', false, 0],
  ['a length', 'Content-Length: 12\r\n', true, 12],
  ['chunks', 'Transfer-Encoding: chunked\r\n', true, 0]
] as const

for (const [name, lines, announced, length] of heads) {
  t.test(`takes ${name} for ${announced ? 'a body' : 'no body'}`, async t => {
    const { request } = await receive(t, lines)
    t.equal(announcesBody(request), announced)
    t.equal(announcedLength(request), length)
  })
}

t.test('passes a body of a known length as it is, chunk by chunk, up to exactly the limit', async t => {
  const { client, ended, events, until } = await pump(t, 'Content-Length: 6\r\n', 'abc', 6)
  await until('abc')
  client.write('def')
  await until('abcdef')
  await ended
  t.match(events, { chunks: 2, ends: 1, failures: [] })
})

t.test('passes any other body in whole chunks', async t => {
  const { client, ended, events, until } = await pump(t, 'Transfer-Encoding: chunked\r\n', 'b\r\nhello world\r\n', 100)
  await until('b\r\nhello world\r\n')
  client.write('0\r\n\r\n')
  await until('b\r\nhello world\r\n0\r\n\r\n')
  await ended
  t.match(events, { chunks: 1, ends: 1 })
})

t.test('ends in ERR_BODY_TOO_LARGE at the first byte past the limit, and lets go of the request', async t => {
  const { client, request, near, events, until } = await pump(t, 'Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n', 3)
  await until('3\r\nabc\r\n')
  const paused = once(request, 'pause')
  client.write('1\r\nd\r\n')
  await paused
  t.match(events, { chunks: 1, ends: 0, failures: [{ code: 'ERR_BODY_TOO_LARGE', statusCode: 413 }] })
  t.notOk(request.socket.destroyed, 'an answer can still be sent')
  t.equal(request.listenerCount('data'), 0)
  t.equal(near.listenerCount('drain'), 0)
})

t.test('waits for an instance that does not take it, and goes on when it does', async t => {
  const size = 16 * 1_048_576 // more than the buffers of two sockets take
  const { client, request, ended, far, events } = await pump(t, `Content-Length: ${size}\r\n`, '', size)
  far.removeAllListeners('data')
  far.pause()
  const paused = once(request, 'pause')
  client.write(Buffer.alloc(size, 'a'))
  await paused
  t.equal(events.ends, 0)
  let seen = 0
  const whole = new Promise<void>(resolve => far.on('data', chunk => {
    seen += chunk.length
    if (seen === size) resolve()
  }).resume())
  await ended
  await whole
})

t.test('can be given up without a trace at the request', async t => {
  const { request, near, stop, until } = await pump(t, 'Content-Length: 6\r\n', 'abc', 6)
  await until('abc')
  stop()
  t.same([request.listenerCount('data'), request.listenerCount('end'), near.listenerCount('drain')], [0, 0, 0])
  t.ok(request.isPaused())
  t.notOk(request.socket.destroyed)
})

t.test('a client that breaks off is no unhandled error', async t => {
  const { client, request, until } = await pump(t, 'Content-Length: 6\r\n', 'abc', 6)
  await until('abc')
  const closed = new Promise(resolve => request.once('close', resolve))
  client.resetAndDestroy()
  await closed
  t.ok(request.errored)
})
