import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { createHttpSource } from '../../../src/sources/http.js'
import { answerWith, fakeInstance } from '../../helper/fake-instance.js'
import { deadUrl, httpInstance, type SeenRequest } from '../../helper/http-instance.js'
import { recordingSink } from '../../helper/recording-sink.js'

const NEVER_MS = 600_000
type Answer = (request: SeenRequest, response: ServerResponse) => void

async function follow (t: Test, url: string, { pollMs = NEVER_MS, fetchTimeoutMs = 10_000 } = {}) {
  const sink = recordingSink()
  const source = createHttpSource({ name: 'the list', url }, { pollMs, fetchTimeoutMs })
  t.teardown(() => source.close())
  await source.open(sink)
  return { sink, source }
}

/** Resolves once the client has left, with FIN or RST. */
const hungUp = (socket: Socket) => new Promise<void>(resolve => {
  if (socket.destroyed || socket.readableEnded) resolve()
  socket.on('end', resolve).on('close', () => resolve())
})

/** A server of lists and a source that has read it once. */
async function served (t: Test, answer: Answer, options: { pollMs?: number, fetchTimeoutMs?: number } = {}) {
  const server = await httpInstance(t, answer)
  return { server, ...await follow(t, `${server.url}/origins.json`, options) }
}

t.test('polls, sends the last ETag back, and takes 304 for unchanged', async t => {
  let list = ['https://a.example.com']
  let asked = 0
  const { sink, server } = await served(t, ({ headers }, response) => {
    const etag = `"${list.length}"`
    if (headers['if-none-match'] === etag) response.writeHead(304).end()
    else response.writeHead(200, { etag }).end(JSON.stringify(list))
    if (++asked === 3) list = [...list, 'null']
  }, { pollMs: 5 })
  await sink.until(() => sink.contents.length === 2)
  t.same(sink.contents, [['https://a.example.com'], ['https://a.example.com', 'null']])
  t.same(sink.errors, [])
  const tags = server.requests.map(({ headers }) => headers['if-none-match'])
  t.same(tags.slice(0, 4), [undefined, '"1"', '"1"', '"1"'])
  t.match(server.requests[0], { method: 'GET', url: '/origins.json', headers: { 'accept-encoding': 'identity' } })
  t.notOk('authorization' in server.requests[0]!.headers)
})

t.test('304 after a failure tells that the list is as it was, and so does a reload', async t => {
  let status = 200
  const { sink, source } = await served(t, ({ headers }, response) => {
    if (status === 500) response.writeHead(500).end('down')
    else if (headers['if-none-match'] !== undefined) response.writeHead(304).end()
    else response.writeHead(200, { etag: 'W/"x"' }).end('null')
  })
  status = 500
  await source.reload()
  status = 200
  await source.reload()
  await source.reload()
  t.same(sink.contents, [['null'], ['null'], ['null']])
  t.match(sink.errors, [{ message: 'it answered 500, not 200: check the address' }])
})

t.test('an answer without a usable ETag is asked for anew each time', async t => {
  const tags = [undefined, 'no quotes', '"a\u00e9"', `"${'x'.repeat(2_000)}"`]
  let asked = 0
  const { server, sink, source } = await served(t, (_request, response) => {
    const etag = tags[asked++ % tags.length]
    response.writeHead(200, etag === undefined ? {} : { etag }).end('null')
  })
  for (let n = 0; n < tags.length; n++) await source.reload()
  t.equal(sink.contents.length, 5)
  t.same(server.requests.filter(({ headers }) => 'if-none-match' in headers), [])
})

t.test('the ETag of a document that is none is not kept', async t => {
  let body = '<html>'
  const { server, sink, source } = await served(t, (_request, response) => { response.writeHead(200, { etag: '"1"' }).end(body) })
  t.match(sink.errors, [{ message: 'it is an HTML page, not a list: name the document itself' }])
  body = 'null'
  await source.reload()
  t.same(sink.contents, [['null']])
  t.equal(server.requests[1]!.headers['if-none-match'], undefined)
})

t.test('user name and password become Basic authorization, and are in no message', async t => {
  const server = await httpInstance(t, ({ headers }, response) => {
    response.writeHead(headers.authorization === 'Basic dTpww7Y6QA==' ? 200 : 401).end('null')
  })
  const { sink } = await follow(t, server.url.replace('//', '//u:p%C3%B6%3A%40@'))
  t.same(sink.contents, [['null']])
  const { sink: other } = await follow(t, server.url.replace('//', '//u:hunter2@'))
  t.same(other.last(), 'it answered 401: check the user name and password')
  const { sink: dead } = await follow(t, (await deadUrl(t)).replace('//', '//u:hunter2@'))
  t.same(dead.last(), 'it cannot be read (ECONNREFUSED): check the address, and that the server runs')
})

const bad: ReadonlyArray<readonly [name: string, answer: Answer, message: string]> = [
  ['a redirect, naming where to without its path', (_request, response) => { response.writeHead(302, { location: 'http://u:p@other.test/x?token=t' }).end() },
    'it redirects to http://other.test, and redirects are not followed: name the final address'],
  ['a redirect to nowhere', (_request, response) => { response.writeHead(308, { location: 'http://' }).end('moved') },
    'it redirects to nowhere, and redirects are not followed: name the final address'],
  ['403', (_request, response) => { response.writeHead(403).end() }, 'it answered 403: check the user name and password'],
  ['204', (_request, response) => { response.writeHead(204).end() }, 'it answered 204, not 200: check the address'],
  ['304 to a request without condition', (_request, response) => { response.writeHead(304).end() }, 'it answered 304, not 200: check the address'],
  ['a compressed answer', (_request, response) => { response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('null')) },
    'its answer is compressed, though it was asked not to be: serve the document as it is'],
  ['an answer that breaks off', (_request, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('null')
    setImmediate(() => response.destroy())
  }, 'it cannot be read (UND_ERR_SOCKET): check the address, and that the server runs'],
  ['a document with a bad line', (_request, response) => { response.end('null\na,b') }, 'line 2 holds a comma: write each entry by itself']
]
for (const [name, answer, message] of bad) {
  t.test(`refuses ${name}`, async t => {
    const { sink } = await served(t, answer)
    t.same([sink.contents, sink.last()], [[], message])
  })
}

const cut = 'its answer tells no length, so nobody knows when it is cut short: send Content-Length'
const framings: ReadonlyArray<readonly [name: string, rest: string, told: unknown]> = [
  ['ends with its connection', '\r\nhttps://app.example.co', cut],
  ['ends with its connection, as its last coding is another', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\nnull', cut],
  ['is cut between chunks', 'Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnull\r\n',
    'it cannot be read (HTTPParserError): check the address, and that the server runs'],
  ['is cut within its length', 'Connection: close\r\nContent-Length: 9\r\n\r\nnull',
    'it cannot be read (UND_ERR_RES_CONTENT_LENGTH_MISMATCH): check the address, and that the server runs'],
  ['is whole by its length', 'Connection: close\r\nContent-Length: 4\r\n\r\nnull', ['null']],
  ['is whole by its chunks', 'Connection: close\r\nTransfer-Encoding: Chunked\r\n\r\n4\r\nnull\r\n0\r\n\r\n', ['null']]
]
for (const [name, rest, told] of framings) {
  t.test(`an answer that ${name} is ${Array.isArray(told) ? 'taken' : 'refused'}`, async t => {
    const instance = await fakeInstance(t, (_request, socket) => { socket.end(`HTTP/1.1 200 OK\r\n${rest}`) })
    t.same((await follow(t, instance.url)).sink.last(), told)
  })
}

t.test('the same document is not read again, and a new one is', async t => {
  let body = '["null",]'
  const { sink, source } = await served(t, (_request, response) => { response.end(body) })
  await source.reload()
  t.equal(sink.errors.length, 2)
  t.equal(sink.errors[0], sink.errors[1])
  body = '["null"]'
  await source.reload()
  await source.reload()
  t.same(sink.contents, [['null'], ['null']])
  t.equal(sink.contents[0], sink.contents[1])
})

t.test('stops reading at 4 MiB, whatever length is told', async t => {
  const line = Buffer.from(`${'#'.repeat(65_535)}\n`)
  for (const head of ['Transfer-Encoding: chunked', 'Content-Length: 999999999999']) {
    let sent = 0
    const instance = await fakeInstance(t, (_request, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`)
      const part = head.startsWith('Content') ? line : Buffer.concat([Buffer.from('10000\r\n'), line, Buffer.from('\r\n')])
      const more = () => {
        if (socket.destroyed) return
        sent += line.length
        if (socket.write(part)) setImmediate(more)
        else socket.once('drain', more)
      }
      more()
    })
    const { sink } = await follow(t, instance.url)
    t.equal(sink.last(), 'it has more than 4194304 bytes: shorten it')
    await hungUp(await instance.connection())
    t.ok(sent < 64 * 1024 * 1024, 'the endless answer was cut')
  }
  const { sink } = await served(t, (_request, response) => { response.end(Buffer.alloc(4 * 1024 * 1024, '#')) })
  t.same(sink.last(), [], '4 MiB themselves are fine')
})

t.test('the time-out holds for the whole exchange: silence, a slow head, a slow body', async t => {
  const message = 'it did not answer completely within 100 ms: check the server, or raise ORIGIN_FETCH_TIMEOUT_MS'
  for (const drip of ['', 'HTTP/1.1 200 OK\r\nX: ', 'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n#']) {
    const instance = await fakeInstance(t, (_request, socket) => {
      socket.write(drip)
      if (drip === '') return
      const timer = setInterval(() => socket.write('x'), 10)
      socket.on('close', () => clearInterval(timer))
    })
    const { sink } = await follow(t, instance.url, { fetchTimeoutMs: 100 })
    t.equal(sink.last(), message)
    await hungUp(await instance.connection())
  }
})

t.test('an answer that is no HTTP is told by its code alone', async t => {
  const instance = await fakeInstance(t, (_request, socket) => { socket.end('hunter2\r\n\r\n') })
  const { sink } = await follow(t, instance.url)
  t.match(sink.last(), /^it cannot be read \(H\w+\): check the address, and that the server runs$/)
})

t.test('close ends a connection that waits for the next poll', async t => {
  const instance = await fakeInstance(t)
  const { source } = await follow(t, instance.url)
  const begun = performance.now()
  await source.close()
  await hungUp(await instance.connection())
  t.ok(performance.now() - begun < 1_000, 'sooner than a connection kept alive ends by itself')
})

t.test('close leaves no connection, and cuts the exchange under way', async t => {
  const instance = await fakeInstance(t, (_head, socket) => {
    if (instance.received[0]!.split('\r\n\r\n').length === 2) socket.write(answerWith('null'))
  })
  const { sink, source } = await follow(t, instance.url)
  const reloaded = source.reload()
  await instance.seen(bytes => bytes.split('\r\n\r\n').length === 3)
  await source.close()
  await Promise.all([hungUp(await instance.connection()), reloaded])
  t.same([sink.contents, sink.errors, instance.sockets.length], [[['null']], [], 1])
})
