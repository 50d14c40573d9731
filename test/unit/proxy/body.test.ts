import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { announcedLength, announcesBody, boundedBody } from '../../../src/proxy/body.js'

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

t.test('lets exactly the limit pass, chunk by chunk', async t => {
  const { client, request } = await receive(t, 'Content-Length: 6\r\n', 'abc')
  let chunks = 0
  const body = boundedBody(request, 6, () => { chunks += 1 })
  t.equal(String((await once(body, 'data'))[0]), 'abc')
  const rest = once(body, 'data')
  client.write('def')
  t.equal(String((await rest)[0]), 'def')
  await once(body, 'end')
  t.equal(chunks, 2)
})

t.test('ends in ERR_BODY_TOO_LARGE at the first byte past the limit, and lets go of the request', async t => {
  const { client, request } = await receive(t, 'Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n')
  const body = boundedBody(request, 3, () => {})
  body.resume()
  await once(body, 'data')
  const failed = new Promise(resolve => body.once('error', resolve))
  const closed = new Promise(resolve => body.once('close', resolve))
  client.write('1\r\nd\r\n')
  t.match(await failed, { code: 'ERR_BODY_TOO_LARGE', statusCode: 413 })
  await closed
  t.notOk(request.socket.destroyed, 'an answer can still be sent')
  t.equal(request.listenerCount('data'), 0)
})

t.test('ends in an error when the client breaks off', async t => {
  const { client, request } = await receive(t, 'Content-Length: 6\r\n', 'abc')
  const body = boundedBody(request, 6, () => {})
  await once(body, 'data')
  const failed = new Promise(resolve => body.once('error', resolve))
  client.resetAndDestroy()
  t.match(await failed, { message: 'the client broke off' })
})

t.test('can be given up without a trace at the request', async t => {
  const { request } = await receive(t, 'Content-Length: 6\r\n', 'abc')
  const body = boundedBody(request, 6, () => {})
  body.destroy()
  await new Promise(resolve => body.once('close', resolve))
  t.equal(request.listenerCount('aborted'), 0)
  t.notOk(request.socket.destroyed)
})
