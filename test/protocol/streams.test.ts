import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import t from 'tap'
import type { Test } from 'tap'
import { createBroker } from '../../src/demo/broker.js'
import { startChatService } from '../../src/demo/chat-service.js'
import { listen } from '../helper/build.js'
import { exchange } from '../helper/exchange.js'
import { fakeInstance } from '../helper/fake-instance.js'
import { httpInstance } from '../helper/http-instance.js'
import { rawSocket, requestHead } from '../helper/raw-socket.js'
import { sockjsHttp, type Streamed } from '../helper/sockjs-http.js'
import { DISCONNECT_DELAY_MS } from '../helper/sockjs-instance.js'

const CONNECT = 'CONNECT\naccept-version:1.2\nheart-beat:0,0\n\n\0'

/** A gateway before one chat-service. */
async function serve (t: Test) {
  const service = await startChatService({ name: 'A', broker: createBroker(), sockjs: { disconnect_delay: DISCONNECT_DELAY_MS } })
  t.teardown(() => service.close())
  return await listen(t, { STOMP_UPSTREAMS: service.url })
}

/** All of the stream up to the first chunk that completes `end`. */
async function until ({ next }: Streamed, end: string | RegExp): Promise<string> {
  let seen = ''
  for (let chunk = await next(); chunk !== ''; chunk = await next()) {
    seen += chunk
    if (typeof end === 'string' ? seen.endsWith(end) : end.test(seen)) return seen
  }
  throw new Error(`the stream ended after: ${seen}`)
}

const streams = [
  ['xhr_streaming', /^h{2048}\no\n$/, '"]\n', /^application\/javascript/],
  ['eventsource', /^\r\ndata: o\r\n\r\n$/, '"]\r\n\r\n', /^text\/event-stream/]
] as const

for (const [transport, opening, end, type] of streams) {
  t.test(`passes ${transport} frame by frame, each before the next is written`, async t => {
    const { url } = await serve(t)
    const session = sockjsHttp(`${url}/stomp/ws-stomp`, randomUUID(), { 'accept-encoding': 'gzip, deflate, br' })
    const stream = await session.stream(transport)
    t.match(stream.response.headers, {
      'content-type': type, 'content-encoding': undefined, 'transfer-encoding': 'chunked', 'content-length': undefined
    })
    t.match(await until(stream, opening), opening)
    t.equal((await session.send(CONNECT)).status, 204)
    await until(stream, /CONNECTED.*\n$/s)
    await session.send('SUBSCRIBE\nid:1\ndestination:/topic/a\nack:auto\nreceipt:r\n\n\0')
    await until(stream, /receipt-id:r.*\n$/s)
    for (let i = 0; i < 10; i++) {
      await session.send(`SEND\ndestination:/topic/a\n\nmessage ${i}\0`)
      const frame = await until(stream, end)
      t.match(frame, new RegExp(`MESSAGE.*message ${i}\\\\u0000`), 'seen while the next one is not yet sent')
    }
    stream.leave()
  })

  t.test(`ends ${transport} at the instance when the page goes`, async t => {
    const instance = await fakeInstance(t, (_head, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\no\n\r\n')
    })
    const { app, url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
    const stream = await sockjsHttp(`${url}/stomp`, 's1').stream(transport)
    t.equal(await stream.next(), 'o\n')
    const ended = once(await instance.connection(), 'end')
    stream.leave()
    await ended
    t.equal(app.pool.instances[0]!.open, 0)
  })
}

t.test('compresses nothing, and passes on what an instance has compressed', async t => {
  const zipped = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
  const instance = await httpInstance(t, ({ url }, response) => {
    if (url === '/zipped') response.setHeader('content-encoding', 'gzip').end(zipped)
    else response.end('plain '.repeat(1_000))
  })
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const headers = { 'accept-encoding': 'gzip' }
  const plain = await exchange(`${url}/stomp/plain`, { headers })
  t.match([plain.headers['content-encoding'], plain.text], [undefined, 'plain '.repeat(1_000)])
  const other = await exchange(`${url}/stomp/zipped`, { headers })
  t.equal(other.headers['content-encoding'], 'gzip')
  t.same(other.body, zipped)
  t.equal(instance.requests[0]!.headers['accept-encoding'], 'gzip')
})

t.test('answers a long poll when the instance has something to say', async t => {
  const { url } = await serve(t)
  const session = sockjsHttp(`${url}/stomp/ws-stomp`, randomUUID())
  t.equal((await session.poll()).text, 'o\n')
  const waiting = session.poll()
  t.equal((await session.send(CONNECT)).status, 204)
  t.match((await waiting).text, /^a\["CONNECTED.*"\]\n$/)
})

t.test('ends an abandoned poll at the instance, so the next one is not a second', async t => {
  const { url, port, app } = await serve(t)
  const id = randomUUID()
  const session = sockjsHttp(`${url}/stomp/ws-stomp`, id)
  t.equal((await session.poll()).text, 'o\n')
  const abandoned = await rawSocket(t, port, requestHead(`POST /stomp/ws-stomp/000/${id}/xhr`, ['Content-Length: 0']))
  while ((await exchange(`${url}/healthz`)).status === 200 && app.pool.instances[0]!.open === 0);
  abandoned.socket.resetAndDestroy()
  while ((await exchange(`${url}/healthz`)).status === 200 && app.pool.instances[0]!.open > 0);
  // To a poll beside another sockjs-node answers c[2010,"Another connection still open"].
  t.match((await session.poll()).text, /^(?:o|c\[1002,.*)\n$/)
})

t.test('serves 300 open streams at once, and /info beside them', async t => {
  const held = new Set<unknown>()
  const instance = await httpInstance(t, ({ url }, response) => {
    if (url.endsWith('/info')) response.end('{"websocket":true}')
    else response.write('o\n', () => held.add(response))
  })
  const { app, url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const streams = await Promise.all(Array.from({ length: 300 }, async (_, i) => {
    const stream = await sockjsHttp(`${url}/stomp`, `s${i}`).stream('xhr_streaming')
    t.equal(await stream.next(), 'o\n')
    return stream
  }))
  t.equal(held.size, 300)
  t.equal(app.pool.instances[0]!.open, 300)
  t.equal((await exchange(`${url}/stomp/info`)).text, '{"websocket":true}')
  for (const stream of streams) stream.leave()
  while (instance.aborted() < 300) await exchange(`${url}/healthz`)
  t.equal(app.pool.instances[0]!.open, 0)
})

t.test('stops the instance when the reader of a stream stops, and goes on when it does', async t => {
  let written = 0
  const part = Buffer.alloc(65_536, 's')
  const instance = await httpInstance(t, (_request, response) => {
    const write = () => {
      while (response.write(part)) written += part.length
      written += part.length
      if (written < 200 * 1_048_576) response.once('drain', write)
      else response.end()
    }
    write()
  })
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const { response } = await sockjsHttp(`${url}/stomp`, 's1').stream('xhr_streaming')
  const taken = () => written
  const idle = async () => { for (let i = 0; i < 20; i++) await exchange(`${url}/healthz`) }
  let before = -1
  for (; before !== taken(); await idle()) before = taken() // until nothing moves while others are served
  t.ok(before < 32 * 1_048_576, `${before} bytes were taken from the instance while nobody read`)
  response.resume()
  while (taken() === before) await idle()
  response.destroy()
})
