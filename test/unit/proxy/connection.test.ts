import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { closeGently, connectionOf, drainBody } from '../../../src/proxy/connection.js'
import { readToEnd, socketPair } from '../../helper/socket-pair.js'

/** A request whose body is still on its way, as node:http has it. */
async function openRequest (t: Test, bytes: string) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => {
    client.destroy()
    server.close()
  })
  client.on('error', () => {})
  client.write(bytes)
  const [request, response] = await once(server, 'request') as [IncomingMessage, ServerResponse]
  request.on('error', () => {})
  return { client, request, response, server }
}

t.test('keeps one record for each connection', async t => {
  const { accepted, dialled } = await socketPair(t)
  const connection = connectionOf(accepted)
  t.match(connection, { closing: false, underWay: 0 })
  t.equal(connectionOf(accepted), connection)
  t.not(connectionOf(dialled), connection)
})

t.test('tells each request under way once that the client is gone, by one listener', async t => {
  const { accepted, dialled } = await socketPair(t)
  const listeners = accepted.listenerCount('close')
  const told: string[] = []
  for (const name of ['one', 'other']) connectionOf(accepted).onGone.add(() => told.push(name))
  const left = () => told.push('left')
  connectionOf(accepted).onGone.add(left)
  connectionOf(accepted).onGone.delete(left)
  t.equal(accepted.listenerCount('close'), listeners + 1)
  const closed = new Promise(resolve => accepted.once('close', resolve))
  dialled.resetAndDestroy()
  await closed
  t.same(told, ['one', 'other'])
  t.equal(connectionOf(accepted).onGone.size, 0)
})

t.test('lets the last answer arrive although the client is still sending', async t => {
  const { accepted, dialled } = await socketPair(t)
  dialled.write(Buffer.alloc(1_048_576))
  accepted.on('data', () => t.fail('nobody hears of these bytes any more'))
  accepted.pause()
  accepted.write('the answer')
  closeGently(accepted)
  t.equal(String(await readToEnd(dialled)), 'the answer')
  const closed = once(accepted, 'close')
  dialled.end()
  await closed
  closeGently(accepted) // again: nothing is left to do
})

t.test('ends a connection after two seconds whose client neither ends nor stops sending', async t => {
  const { accepted, dialled } = await socketPair(t, { allowHalfOpen: true })
  const timer = setInterval(() => dialled.write('more'), 50)
  t.teardown(() => clearInterval(timer))
  const startedAt = Date.now()
  closeGently(accepted)
  await new Promise(resolve => accepted.once('close', resolve))
  const tookMs = Date.now() - startedAt
  t.ok(tookMs >= 1_900 && tookMs < 4_000, `${tookMs} ms`)
})

t.test('reads the rest of a body away and keeps the connection', async t => {
  const { client, request, response, server } = await openRequest(t, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc')
  response.end()
  drainBody(request)
  client.write('defGET /next HTTP/1.1\r\nHost: a\r\n\r\n')
  const [next] = await once(server, 'request') as [IncomingMessage]
  t.equal(next.url, '/next')
  t.notOk(request.socket.destroyed)
})

t.test('leaves a request alone whose body has been read', async t => {
  const { request } = await openRequest(t, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  if (!request.complete) await once(request.resume(), 'end')
  drainBody(request)
  t.notOk(request.destroyed && request.socket.destroyed)
})

t.test('ends the connection when the rest of a body has not come in two seconds', async t => {
  const { client, request } = await openRequest(t, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc')
  drainBody(request)
  await new Promise(resolve => client.once('close', resolve))
  t.ok(request.socket.destroyed)
})

t.test('forgets the rest of a body with its client, also when the answer is out', async t => {
  const { client, request, response } = await openRequest(t, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc')
  const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  const { socket } = request
  response.end()
  await once(response, 'close')
  const before = timers()
  drainBody(request)
  t.equal(timers(), before + 1)
  const closed = new Promise(resolve => socket.once('close', resolve))
  client.resetAndDestroy()
  await closed
  t.equal(timers(), before)
  drainBody(request) // again: nobody is left to wait for
  t.equal(timers(), before)
})
