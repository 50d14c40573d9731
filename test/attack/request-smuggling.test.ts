import t from 'tap'
import { answerWith } from '../helper/fake-instance.js'
import { gatewayPair, readAnswers } from '../helper/gateway-pair.js'
import { requestHead } from '../helper/raw-socket.js'

/** The request an attacker wants an instance to see although nobody was asked about it. */
const SMUGGLED = requestHead('GET /admin', ['Origin: https://evil.test'])

/** One request as the lines stand on the wire: none is added. */
const wire = (...lines: string[]) => lines.join('\r\n')

const POST = 'POST /stomp/a HTTP/1.1'
const HOST = 'Host: gateway.test'

const refused = [
  ['Content-Length before Transfer-Encoding',
    wire(POST, HOST, 'Content-Length: 4', 'Transfer-Encoding: chunked', '', '0', '', SMUGGLED)],
  ['Transfer-Encoding before Content-Length',
    wire(POST, HOST, 'Transfer-Encoding: chunked', 'Content-Length: 4', '', '0', '', SMUGGLED)],
  ['two different lengths', wire(POST, HOST, 'Content-Length: 0', 'Content-Length: 44', '', SMUGGLED)],
  ['two equal lengths', wire(POST, HOST, 'Content-Length: 2', 'Content-Length: 2', '', 'ab')],
  ['a signed length', wire(POST, HOST, 'Content-Length: +3', '', 'abc')],
  ['a negative length', wire(POST, HOST, 'Content-Length: -1', '', 'abc')],
  ['a list of lengths', wire(POST, HOST, 'Content-Length: 3, 3', '', 'abc')],
  ['a hexadecimal length', wire(POST, HOST, 'Content-Length: 0x3', '', 'abc')],
  ['a length with a blank inside', wire(POST, HOST, 'Content-Length: 1 0', '', 'abc')],
  ['a length past 64 bits', wire(POST, HOST, 'Content-Length: 18446744073709551617', '', 'a')],
  ['an empty length', wire(POST, HOST, 'Content-Length:', '', 'abc')],
  ['a folded header line', wire('GET /stomp/a HTTP/1.1', HOST, 'X-A: b', ' Content-Length: 3', '', '')],
  ['a folded Transfer-Encoding', wire(POST, HOST, 'Transfer-Encoding:', ' chunked', '', '0', '', '')],
  ['a folded first line', wire('GET /stomp/a HTTP/1.1', ' X-A: b', HOST, '', '')],
  ['bare LF as the line end', `GET /stomp/a HTTP/1.1\n${HOST}\n\n`],
  ['bare LF after one header line', `GET /stomp/a HTTP/1.1\r\n${HOST}\nX-A: b\r\n\r\n`],
  ['bare LF as the empty line', `GET /stomp/a HTTP/1.1\r\n${HOST}\r\n\n`],
  ['bare CR in a value', wire('GET /stomp/a HTTP/1.1', HOST, 'X-A: b\rX-B: c', '', '')],
  ['bare CR as the line end', `GET /stomp/a HTTP/1.1\r${HOST}\r\r`],
  ['NUL in a value', wire('GET /stomp/a HTTP/1.1', HOST, 'X-A: b\0c', '', '')],
  ['NUL in a name', wire('GET /stomp/a HTTP/1.1', HOST, 'X\0A: b', '', '')],
  ['a blank before the colon', wire(POST, HOST, 'Content-Length : 3', '', 'abc')],
  ['a tab before the colon', wire(POST, HOST, 'Transfer-Encoding\t: chunked', '', '0', '', '')],
  ['a line without a colon', wire('GET /stomp/a HTTP/1.1', HOST, 'X-A', '', '')],
  ['an empty name', wire('GET /stomp/a HTTP/1.1', HOST, ': b', '', '')],
  ['the coding xchunked', wire(POST, HOST, 'Transfer-Encoding: xchunked', '', '0', '', '')],
  ['chunked, identity', wire(POST, HOST, 'Transfer-Encoding: chunked, identity', '', '0', '', '')],
  ['identity', wire(POST, HOST, 'Transfer-Encoding: identity', '', SMUGGLED)],
  ['gzip, chunked', wire(POST, HOST, 'Transfer-Encoding: gzip, chunked', '', '0', '', '')],
  ['chunked twice', wire(POST, HOST, 'Transfer-Encoding: chunked, chunked', '', '0', '', '')],
  ['two Transfer-Encoding lines', wire(POST, HOST, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked', '', '0', '', '')],
  ['chunked in one of two lines',
    wire(POST, HOST, 'Transfer-Encoding: identity', 'Transfer-Encoding: chunked', '', '0', '', '')],
  ['a vertical tab before chunked', wire(POST, HOST, 'Transfer-Encoding: \x0bchunked', '', '0', '', '')],
  ['a quoted coding', wire(POST, HOST, 'Transfer-Encoding: "chunked"', '', '0', '', '')],
  ['chunked with a parameter', wire(POST, HOST, 'Transfer-Encoding: chunked;a=b', '', '0', '', '')],
  ['Transfer-Encoding in HTTP/1.0', wire('POST /stomp/a HTTP/1.0', HOST, 'Transfer-Encoding: chunked', '', '0', '', '')],
  ['two Host lines', wire('GET /stomp/a HTTP/1.1', HOST, 'Host: other.test', '', '')],
  ['two equal Host lines', wire('GET /stomp/a HTTP/1.1', HOST, HOST, '', '')],
  ['no Host', wire('GET /stomp/a HTTP/1.1', '', '')],
  ['no Host in HTTP/1.0', wire('GET /stomp/a HTTP/1.0', '', '')],
  ['an empty Host', wire('GET /stomp/a HTTP/1.1', 'Host:', '', '')],
  ['a path in Host', wire('GET /stomp/a HTTP/1.1', 'Host: gateway.test/admin', '', '')],
  ['user-info in Host', wire('GET /stomp/a HTTP/1.1', 'Host: a@gateway.test', '', '')],
  ['a list in Host', wire('GET /stomp/a HTTP/1.1', 'Host: gateway.test, other.test', '', '')],
  ['absolute-form for another host', wire('GET http://other.test/stomp/a HTTP/1.1', HOST, '', '')],
  ['absolute-form with user-info', wire('GET http://gateway.test@other.test/stomp/a HTTP/1.1', HOST, '', '')],
  ['absolute-form of another scheme', wire('GET file:///stomp/a HTTP/1.1', HOST, '', '')],
  ['asterisk-form', wire('OPTIONS * HTTP/1.1', HOST, '', '')],
  ['a target without a slash', wire('GET stomp/a HTTP/1.1', HOST, '', '')],
  ['no version', 'GET /stomp/a\r\n\r\n'],
  ['HTTP/0.9', wire('GET /stomp/a HTTP/0.9', HOST, '', '')],
  ['HTTP/1.2', wire('GET /stomp/a HTTP/1.2', HOST, '', '')],
  ['HTTP/2.0', wire('GET /stomp/a HTTP/2.0', HOST, '', '')],
  ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a method in lower case', wire('get /stomp/a HTTP/1.1', HOST, '', '')],
  ['a blank in the target', wire('GET /stomp/a b HTTP/1.1', HOST, '', '')],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03']
] as const

t.test('a request that two readers could frame differently is refused', async t => {
  const gateway = await gatewayPair(t)
  for (const [name, bytes] of refused) {
    t.test(`with ${name}`, async t => {
      const answer = await gateway.ask(bytes)
      t.equal(answer.status, 400)
      t.match(JSON.parse(answer.body), { statusCode: 400, code: /^ERR_(?:REQUEST_|PREFLIGHT_INVALID)/ })
      if (/-(?:Length|Encoding)/.test(bytes)) t.strictSame(answer.header('connection'), ['close'])
    })
  }
  t.test('and no instance saw a byte of it', async t => {
    t.equal(gateway.instance.sockets.length, 0)
    t.equal(await gateway.instanceBytes(), '')
  })
})

for (const line of ['CONNECT other.test:443', 'CONNECT /stomp/a', 'TRACE /stomp/a', 'PROPFIND /stomp/a']) {
  t.test(`${line} reaches no instance`, async t => {
    const gateway = await gatewayPair(t)
    const client = await gateway.open(requestHead(line, ['Connection: close']) + SMUGGLED)
    t.notMatch(await client.closed(), /^HTTP\/1.1 [123]/)
    t.equal(await gateway.instanceBytes(), '')
  })
}

const chunked = (...lines: string[]) => wire(POST, HOST, 'Transfer-Encoding: chunked', '', ...lines)
const badChunks = [
  ['a chunk size ended by bare LF', chunked('3\nabc', '0', '', '')],
  ['chunk data ended by bare LF', chunked('3', 'abc\n0', '', '')],
  ['chunk data longer than its size', chunked('3', 'abcdef', '0', '', '')],
  ['a signed chunk size', chunked('+3', 'abc', '0', '', '')],
  ['a chunk size with 0x', chunked('0x3', 'abc', '0', '', '')],
  ['a chunk size past 64 bits', chunked('10000000000000003', 'abc', '0', '', '')],
  ['a chunk without a size', chunked('', 'abc', '0', '', '')],
  ['20 KiB of chunk extensions', chunked(`3;${'x'.repeat(20_480)}`, 'abc', '0', '', '')],
  ['a bare CR in a chunk extension', chunked('3;a\rb', 'abc', '0', '', '')],
  ['a bare LF in a chunk extension', chunked('3;a\nb', 'abc', '0', '', '')],
  ['a length among the trailers', chunked('3', 'abc', '0', 'Content-Length: 9', '', '')]
] as const

for (const [name, bytes] of badChunks) {
  t.test(`${name} ends the connection, and the instance gets no complete request`, async t => {
    const gateway = await gatewayPair(t, {}, (_head, socket) => { socket.once('end', () => socket.end()) })
    const client = await gateway.open(bytes + SMUGGLED)
    t.notMatch(await client.closed(), /^HTTP\/1.1 [123]/)
    const seen = await gateway.instanceBytes()
    t.notMatch(seen, /\r\n0\r\n/, 'no last chunk')
    t.notMatch(seen, /admin/)
    t.equal(gateway.app.pool.instances[0]!.open, 0)
  })
}

t.test('trailers do not travel', async t => {
  const gateway = await gatewayPair(t, { ALLOWED_ORIGINS: 'https://a.example.com' })
  const answer = await gateway.ask(wire(POST, HOST, 'Transfer-Encoding: chunked', 'Trailer: Origin, X-A', 'TE: trailers', '',
    '3', 'abc', '0', 'Origin: https://evil.test', 'X-Forwarded-For: 6.6.6.6', 'X-A: b', '', ''))
  t.equal(answer.status, 200)
  const seen = await gateway.instanceBytes()
  t.match(seen, /\r\n\r\n(?:abc|3\r\nabc\r\n0\r\n\r\n)$/, 'the body is whole and nothing is behind it')
  t.notMatch(seen, /evil|6\.6\.6\.6|x-a|trailer/i)
})

t.test('trailers of an instance do not travel either', async t => {
  const gateway = await gatewayPair(t, {}, (_head, socket) => {
    socket.write(wire('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Trailer: Access-Control-Allow-Origin', '',
      '2', 'ok', '0', 'Access-Control-Allow-Origin: *', 'Set-Cookie: a=b', '', ''))
  })
  const client = await gateway.open(requestHead('GET /stomp/a', ['Connection: close']))
  const bytes = await client.closed()
  t.match(bytes, /\r\n2\r\nok\r\n0\r\n\r\n$/)
  t.notMatch(bytes, /access-control|set-cookie|trailer/i)
})

t.test('chunk extensions do not travel', async t => {
  const gateway = await gatewayPair(t)
  t.equal((await gateway.ask(chunked('3;evil=1', 'abc', '0;evil', '', ''))).status, 200)
  t.match(await gateway.instanceBytes(), /\r\n\r\n(?:abc|3\r\nabc\r\n0\r\n\r\n)$/)
})

t.test('absolute-form for the host itself passes in origin-form', async t => {
  for (const [target, host] of [
    ['http://gateway.test/stomp/a?b', HOST], ['http://GATEWAY.test:80/stomp/a?b', HOST], ['HTTP://[::1]:8000/stomp/a?b', 'Host: [::1]:8000']
  ] as const) {
    const gateway = await gatewayPair(t)
    t.equal((await gateway.ask(wire(`GET ${target} HTTP/1.1`, host, '', ''))).status, 200)
    const seen = await gateway.instanceBytes()
    t.ok(seen.startsWith('GET /a?b HTTP/1.1\r\n'), target)
    t.match(seen, new RegExp(`host: 127.0.0.1:${gateway.instance.port}\r\n`, 'i'))
  }
})

t.test('a request that hides in a body stays a body', async t => {
  const bodies = [
    ['by length', wire(POST, HOST, `Content-Length: ${SMUGGLED.length}`, '', SMUGGLED)],
    ['in a chunk', chunked(SMUGGLED.length.toString(16), SMUGGLED, '0', '', '')],
    ['of a GET', wire('GET /stomp/a HTTP/1.1', HOST, `Content-Length: ${SMUGGLED.length}`, '', SMUGGLED)],
    ['of a DELETE', wire('DELETE /stomp/a HTTP/1.1', HOST, `Content-Length: ${SMUGGLED.length}`, '', SMUGGLED)],
    ['of a HEAD', wire('HEAD /stomp/a HTTP/1.1', HOST, `Content-Length: ${SMUGGLED.length}`, '', SMUGGLED)],
    ['that Connection would unframe',
      wire(POST, HOST, 'Connection: Content-Length, Transfer-Encoding', `Content-Length: ${SMUGGLED.length}`, '', SMUGGLED)]
  ] as const
  for (const [name, bytes] of bodies) {
    t.test(name, async t => {
      // The instance waits for the whole body, so that all of it is seen.
      const gateway = await gatewayPair(t, {}, (bytes, socket) => {
        if (bytes.endsWith(SMUGGLED) || bytes.endsWith('0\r\n\r\n')) socket.write('HTTP/1.1 204 No Content\r\n\r\n')
      })
      const client = await gateway.open(bytes)
      await gateway.instance.seen(seen => seen.includes('GET /admin'))
      const seen = gateway.instance.received[0]!
      const [head = '', ...rest] = seen.split('\r\n\r\n')
      const body = rest.join('\r\n\r\n')
      if (/transfer-encoding: chunked/i.test(head)) t.match(body, new RegExp(`^${SMUGGLED.length.toString(16)}\r\n`))
      else {
        t.match(head, new RegExp(`\ncontent-length: ${SMUGGLED.length}(?:\r|$)`, 'i'))
        t.equal(body, SMUGGLED)
      }
      t.equal(gateway.instance.sockets.length, 1)
      client.socket.destroy()
    })
  }
})

t.test('what is pipelined behind Connection: close is not processed', async t => {
  const gateway = await gatewayPair(t)
  for (const first of [
    requestHead('GET /stomp/a', ['Connection: close']), wire('GET /stomp/a HTTP/1.0', HOST, '', ''),
    requestHead('GET /healthz', ['Connection: close']), requestHead('GET /stomp/../a', ['Connection: close'])
  ]) {
    const client = await gateway.open(first + SMUGGLED + requestHead('GET /stomp/second'))
    t.equal(readAnswers(await client.closed()).length, 1)
  }
  t.notMatch(await gateway.instanceBytes(), /second|admin/)
})

t.test('what is pipelined behind a refusal that closes is not processed', async t => {
  const gateway = await gatewayPair(t)
  const client = await gateway.open(wire(POST, HOST, 'Content-Length: x', '', requestHead('GET /stomp/second')))
  t.equal(readAnswers(await client.closed()).length, 1)
  t.equal(await gateway.instanceBytes(), '')
})

t.test('pipelined requests are answered in order, a refusal among them', async t => {
  const gateway = await gatewayPair(t, {}, (head, socket) => socket.write(answerWith(head.split(' ')[1]!)))
  const client = await gateway.open(requestHead('GET /stomp/1') + requestHead('GET /stomp/..') + requestHead('GET /stomp/2'))
  await client.until(seen => readAnswers(seen).length === 3)
  t.strictSame(readAnswers(client.received()).map(({ status }) => status), [200, 400, 200])
  t.match(readAnswers(client.received()).map(({ body }) => body), ['/1', /ERR_REQUEST_PATH_INVALID/, '/2'])
})

t.test('the unread body of a refused request is no request', async t => {
  const gateway = await gatewayPair(t)
  const client = await gateway.open(wire('POST /stomp/a HTTP/1.1', HOST, 'Origin: https://evil.test',
    `Content-Length: ${SMUGGLED.length}`, '', SMUGGLED) + requestHead('GET /stomp/after'))
  await client.until(seen => readAnswers(seen).length === 2)
  t.strictSame(readAnswers(client.received()).map(({ status }) => status), [403, 200])
  t.match(await gateway.instanceBytes(), /^GET \/after /)
})

t.test('bytes that are no request, behind one under way, get no answer that would be taken for its own', async t => {
  const gateway = await gatewayPair(t)
  const client = await gateway.open(requestHead('GET /stomp/a') + 'GARBAGE\r\n\r\n')
  t.notMatch(await client.closed(), /HTTP\/1.1 400/)
  t.equal((await gateway.ask(requestHead('GET /stomp/b'))).status, 200)
})

t.test('200 requests in one packet are bounded, and others are served', async t => {
  const gateway = await gatewayPair(t, {}, (head, socket) => {
    if (head.includes('/b ')) socket.write(answerWith('ok'))
  })
  const client = await gateway.open(requestHead('GET /stomp/a').repeat(200))
  t.equal(await client.closed(), '')
  t.equal((await gateway.ask(requestHead('GET /stomp/b'))).status, 200)
  t.ok(gateway.instance.sockets.length <= 65, `${gateway.instance.sockets.length} connections`)
  t.equal(gateway.app.pool.instances[0]!.open, 0)
})

t.test('40 requests in one packet are all answered', async t => {
  const gateway = await gatewayPair(t)
  const client = await gateway.open(requestHead('GET /stomp/a').repeat(40))
  await client.until(seen => readAnswers(seen).length === 40)
  t.ok(readAnswers(client.received()).every(({ status }) => status === 200))
})

const badAnswers = [
  ['two different lengths', wire('HTTP/1.1 200 OK', 'Content-Length: 2', 'Content-Length: 3', '', 'oks')],
  ['two equal lengths', wire('HTTP/1.1 200 OK', 'Content-Length: 2', 'Content-Length: 2', '', 'ok')],
  ['a length and chunks', wire('HTTP/1.1 200 OK', 'Content-Length: 2', 'Transfer-Encoding: chunked', '', '2', 'ok', '0', '', '')],
  ['chunks and a length', wire('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Content-Length: 2', '', '2', 'ok', '0', '', '')],
  ['a signed length', wire('HTTP/1.1 200 OK', 'Content-Length: +2', '', 'ok')],
  ['a coding nobody knows', wire('HTTP/1.1 200 OK', 'Transfer-Encoding: xchunked', '', '2', 'ok', '0', '', '')],
  ['a coding beside chunked', wire('HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked', '', '2', 'ok', '0', '', '')],
  ['no status line', wire('hello', '', '')],
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['a status below 100', wire('HTTP/1.1 099 Low', 'Content-Length: 0', '', '')],
  ['a status of 000', wire('HTTP/1.1 000 None', 'Content-Length: 0', '', '')],
  ['a status of four digits', wire('HTTP/1.1 2000 OK', 'Content-Length: 0', '', '')],
  ['a bare CR in a value', wire('HTTP/1.1 200 OK', 'X-A: b\rSet-Cookie: evil=1', 'Content-Length: 0', '', '')],
  ['a bare LF in a value', wire('HTTP/1.1 200 OK', 'X-A: b\nSet-Cookie: evil=1', 'Content-Length: 0', '', '')],
  ['NUL in a value', wire('HTTP/1.1 200 OK', 'X-A: b\0c', 'Content-Length: 0', '', '')],
  ['DEL in a value', wire('HTTP/1.1 200 OK', 'X-A: b\x7fc', 'Content-Length: 0', '', '')],
  ['a blank before the colon', wire('HTTP/1.1 200 OK', 'Content-Length : 0', '', '')],
  ['a folded line', wire('HTTP/1.1 200 OK', 'X-A: b', ' c', 'Content-Length: 0', '', '')],
  ['a 101 that nobody asked for', wire('HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', '', 'x')],
  ['a bare 101', wire('HTTP/1.1 101 Switching Protocols', '', 'HTTP/1.1 200 OK', 'Content-Length: 0', '', '')],
  ['a head of 100 KiB', wire('HTTP/1.1 200 OK', `X-A: ${'a'.repeat(102_400)}`, 'Content-Length: 0', '', '')]
] as const

for (const [name, bytes] of badAnswers) {
  t.test(`an instance that answers with ${name} is answered for with 502, and the next request is unharmed`, async t => {
    let isBad = true
    const gateway = await gatewayPair(t, { RESPONSE_TIMEOUT_MS: '2000' }, (_head, socket) => {
      if (isBad) socket.write(bytes, 'latin1')
      else socket.write(answerWith('good'))
    })
    const client = await gateway.open(requestHead('GET /stomp/bad'))
    await client.until(seen => readAnswers(seen).length === 1)
    isBad = false
    client.write(requestHead('GET /stomp/good'))
    await client.until(seen => readAnswers(seen).length === 2)
    t.match(readAnswers(client.received()).map(({ status, body }) => [status, body]),
      [[502, /ERR_UPSTREAM_RESPONSE/], [200, 'good']])
    t.notMatch(client.received(), /evil|X-A/i)
    t.equal(gateway.app.pool.instances[0]!.open, 0)
  })
}

t.test('interim answers of an instance do not travel', async t => {
  const gateway = await gatewayPair(t, {}, (_head, socket) => {
    socket.write(wire('HTTP/1.1 103 Early Hints', 'Link: </a>', '', 'HTTP/1.1 102 Processing', '', answerWith('ok')))
  })
  const client = await gateway.open(requestHead('GET /stomp/a', ['Connection: close']))
  const bytes = await client.closed()
  t.match(bytes, /^HTTP\/1.1 200 OK\r\n/)
  t.match(bytes, /\r\n\r\nok$/)
})

t.test('an instance that sends interim answers without end is cut by RESPONSE_TIMEOUT_MS', async t => {
  const gateway = await gatewayPair(t, { RESPONSE_TIMEOUT_MS: '100' }, (_head, socket) => {
    const flood = () => {
      if (!socket.destroyed) socket.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(50), () => setImmediate(flood))
    }
    flood()
  })
  t.match(await gateway.ask(requestHead('POST /stomp/a', ['Content-Length: 0'])), { status: 504, body: /ERR_UPSTREAM_TIMEOUT/ })
  t.equal(gateway.app.pool.instances[0]!.open, 0)
})

t.test('a second answer that an instance sends unasked is nobody\'s', async t => {
  const gateway = await gatewayPair(t, {}, (head, socket) => {
    socket.write(answerWith(head.split(' ')[1]!))
    if (head.startsWith('GET /1 ')) socket.write(answerWith('evil', ['Set-Cookie: evil=1']))
  })
  const client = await gateway.open(requestHead('GET /stomp/1'))
  await client.until(seen => readAnswers(seen).length === 1)
  client.write(requestHead('GET /stomp/2'))
  await client.until(seen => readAnswers(seen).length === 2)
  t.strictSame(readAnswers(client.received()).map(({ body }) => body), ['/1', '/2'])
})

t.test('an answer that breaks off is not ended as if it were whole', async t => {
  const gateway = await gatewayPair(t, {}, (_head, socket) => {
    socket.end(wire('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '2', 'ok', ''))
  })
  const client = await gateway.open(requestHead('GET /stomp/a'))
  t.notMatch(await client.closed(), /\r\n0\r\n\r\n$/)
})
