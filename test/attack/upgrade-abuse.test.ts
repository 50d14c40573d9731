import { once } from 'node:events'
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { answerWith } from '../helper/fake-instance.js'
import { gatewayPair, readAnswers, type GatewayPair } from '../helper/gateway-pair.js'
import { requestHead, SWITCH, upgradeHead } from '../helper/raw-socket.js'
import { within } from '../helper/within.js'

const LISTED = 'https://chat.example.com'
const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
const ASKS = ['Connection: Upgrade', 'Upgrade: websocket']
const CORRECT = [...ASKS, 'Sec-WebSocket-Version: 13', KEY]
/** As Java's HttpClient asks on clear-text connections. */
const H2C = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk']
const EARLY = '\x81\x85\x01\x02\x03\x04early'
/** What an attacker would like to see parsed. */
const SMUGGLED = requestHead('GET /stomp/smuggled')

/** Nothing is open, nothing is counted. */
function isAtRest (t: Test, { app }: GatewayPair) {
  t.equal(app.pool.instances[0]!.open, 0)
  t.equal(app.tunnelCount(), 0)
}

const invalid = [
  ['POST', 400, requestHead('POST /stomp/ws', CORRECT)],
  ['HEAD', 400, requestHead('HEAD /stomp/ws', CORRECT)],
  ['HTTP/1.0', 400, requestHead('GET /stomp/ws', CORRECT).replace('HTTP/1.1', 'HTTP/1.0')],
  ['no key', 400, requestHead('GET /stomp/ws', [...ASKS, 'Sec-WebSocket-Version: 13'])],
  ['an empty key', 400, requestHead('GET /stomp/ws', [...ASKS, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key:'])],
  ['a short key', 400, requestHead('GET /stomp/ws', [...ASKS, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: YWJj'])],
  ['a long key', 400, requestHead('GET /stomp/ws', [...ASKS, 'Sec-WebSocket-Version: 13', `${KEY}${'A'.repeat(40)}`])],
  ['a key that is no base64', 400, requestHead('GET /stomp/ws',
    [...ASKS, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBs!SBub25jZQ=='])],
  ['two keys', 400, requestHead('GET /stomp/ws', [...CORRECT, 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='])],
  ['version 8', 426, requestHead('GET /stomp/ws', [...ASKS, 'Sec-WebSocket-Version: 8', KEY])],
  ['version 14', 426, requestHead('GET /stomp/ws', [...ASKS, 'Sec-WebSocket-Version: 14', KEY])],
  ['no version', 426, requestHead('GET /stomp/ws', [...ASKS, KEY])],
  ['two versions', 426, requestHead('GET /stomp/ws', [...CORRECT, 'Sec-WebSocket-Version: 8'])],
  ['an unknown protocol', 400, requestHead('GET /stomp/ws', [...CORRECT.slice(2), 'Connection: Upgrade', 'Upgrade: foo'])],
  ['a list of protocols', 400, requestHead('GET /stomp/ws', [...CORRECT.slice(2), 'Connection: Upgrade', 'Upgrade: websocket, h2c'])],
  ['two Upgrade lines', 400, requestHead('GET /stomp/ws', [...CORRECT, 'Upgrade: h2c'])],
  ['two equal Upgrade lines', 400, requestHead('GET /stomp/ws', [...CORRECT, 'Upgrade: websocket'])],
  ['a protocol version', 400, requestHead('GET /stomp/ws', [...CORRECT.slice(2), 'Connection: Upgrade', 'Upgrade: websocket/13'])],
  ['a body by length', 400, requestHead('GET /stomp/ws', [...CORRECT, `Content-Length: ${SMUGGLED.length}`]) + SMUGGLED],
  ['two lengths of 0', 400, requestHead('GET /stomp/ws', [...CORRECT, 'Content-Length: 0', 'Content-Length: 0']) + SMUGGLED],
  ['a length of 00', 400, requestHead('GET /stomp/ws', [...CORRECT, 'Content-Length: 00']) + SMUGGLED],
  ['a body in chunks', 400, requestHead('GET /stomp/ws', [...CORRECT, 'Transfer-Encoding: chunked']) + '0\r\n\r\n' + SMUGGLED],
  ['h2c twice', 400, requestHead('POST /stomp/a', [...H2C, 'Upgrade: h2c', 'Content-Length: 3']) + 'abc'],
  ['an Origin off the list', 403, upgradeHead('/stomp/ws', ['Origin: https://evil.test'])],
  ['an Origin off the list behind 1,200 filler lines', 403,
    upgradeHead('/stomp/ws', [...Array(1_200).fill('a:'), 'Origin: https://evil.test'])],
  ['two Host lines', 400, upgradeHead('/stomp/ws', ['Host: other.test'])],
  ['an odd Expect', 417, upgradeHead('/stomp/ws', ['Expect: tea'])],
  ['/healthz as its target', 404, upgradeHead('/healthz')],
  ['no route as its target', 404, upgradeHead('/nowhere')],
  ['SockJS\' info as its target, which ends a sockjs-node', 400, upgradeHead('/stomp/ws/info')],
  ['info in another spelling', 400, upgradeHead('/stomp/ws/INF%6f;a=b')],
  ['a transport that is no WebSocket', 400, upgradeHead('/stomp/ws/000/abcd/xhr_streaming')],
  ['a transport that is switched off', 404, upgradeHead('/stomp/000/abcd/jsonp')]
] as const

t.test('an upgrade that is refused here closes, and what comes with it is no request', async t => {
  const gateway = await gatewayPair(t, { ALLOWED_ORIGINS: LISTED })
  for (const [name, status, bytes] of invalid) {
    t.test(`with ${name}: ${status}`, async t => {
      const client = await gateway.open(bytes + EARLY + SMUGGLED)
      const seen = await client.closed()
      t.match(seen, new RegExp(`^HTTP/1\\.1 ${status} `))
      t.equal(seen.match(/HTTP\/1\.1 /g)?.length, 1, 'one answer')
      t.match(seen, /^connection: (?:upgrade, )?close\r$/im)
      if (status === 426) t.match(seen, /^sec-websocket-version: 13\r$/im)
    })
  }
  t.test('and no instance saw a byte of it', async t => {
    t.equal(gateway.instance.sockets.length, 0)
    t.equal(await gateway.instanceBytes(), '')
    isAtRest(t, gateway)
  })
})

t.test('an upgrade hidden behind 1,200 filler lines is an upgrade', async t => {
  const gateway = await gatewayPair(t, {}, (_head, socket) => { socket.write(SWITCH) })
  const filler = Array(1_200).fill('a:')
  const hidden = await gateway.open(requestHead('GET /stomp/ws', [...filler, ...CORRECT]))
  t.match(await hidden.until(seen => seen.includes('\r\n\r\n')), /^HTTP\/1\.1 101 /)
  const unknown = await gateway.ask(requestHead('GET /stomp/ws', [...filler, 'Connection: Upgrade', 'Upgrade: foo']))
  t.equal(unknown.status, 400)
})

t.test('h2c is served as the plain request it also is', async t => {
  for (const line of ['GET /stomp/a', 'POST /stomp/a']) {
    const gateway = await gatewayPair(t)
    const client = await gateway.open(requestHead(line, H2C) + EARLY + SMUGGLED)
    const answers = readAnswers(await client.closed())
    t.strictSame(answers.map(({ status, body }) => [status, body]), [[200, 'ok']])
    t.strictSame(answers[0]!.header('connection'), ['close'])
    const seen = await gateway.instanceBytes()
    t.match(seen, new RegExp(`^${line.replace('/stomp', '')} HTTP/1.1\r\n`))
    t.notMatch(seen, /upgrade|http2-settings|early|smuggled/i)
    isAtRest(t, gateway)
  }
})

t.test('CONNECT is closed without an answer, whatever it asks for besides', async t => {
  const gateway = await gatewayPair(t)
  for (const lines of [[], H2C]) {
    const client = await gateway.open(requestHead('CONNECT chat.example.com:443', lines) + SMUGGLED)
    t.equal(await client.closed(), '')
  }
  t.equal(gateway.instance.sockets.length, 0)
})

const bodies = [
  ['by length', 'Content-Length: 5', 'he', 'llo', /\r\n\r\nhello$/],
  ['of no bytes', 'Content-Length: 0', '', '', /\r\n\r\n$/],
  ['in chunks', 'Transfer-Encoding: chunked', '2\r\nhe\r\n3\r\n', 'llo\r\n0\r\n\r\n', /he\r\n3\r\nllo\r\n0\r\n\r\n$/]
] as const
for (const [name, line, first, last, body] of bodies) {
  t.test(`a body ${name} under h2c reaches the instance, and what comes behind it is no request`, async t => {
    const gateway = await gatewayPair(t, {}, () => {})
    const client = await gateway.open(requestHead('POST /stomp/a', [...H2C, line]) + first)
    if (first !== '') await gateway.instance.seen(seen => /\r\n\r\n[^]*he/.test(seen))
    client.write(last + SMUGGLED)
    await gateway.instance.seen(seen => body.test(seen))
    gateway.instance.sockets[0]!.write(answerWith('ok'))
    const answers = readAnswers(await client.closed())
    t.strictSame(answers.map(({ status, body }) => [status, body]), [[200, 'ok']])
    t.strictSame(answers[0]!.header('connection'), ['close'])
    t.notMatch(await gateway.instanceBytes(), /upgrade|http2-settings|smuggled/i)
    isAtRest(t, gateway)
  })
}

t.test('a handshake with a length of 0, as Java\'s WebSocket sends it, opens a tunnel', async t => {
  const gateway = await gatewayPair(t, {}, (_head, socket) => { socket.write(SWITCH) })
  const client = await gateway.open(requestHead('GET /stomp/ws', [...CORRECT, 'Content-Length: 0']))
  t.match(await client.until(seen => seen.includes('\r\n\r\n')), /^HTTP\/1\.1 101 /)
  t.notMatch(gateway.instance.received[0], /content-length/i)
})

t.test('a long answer to h2c arrives whole', async t => {
  const body = 'y'.repeat(4_000_000)
  const gateway = await gatewayPair(t, {}, (_head, socket) => { socket.write(answerWith(body)) })
  const client = await gateway.open(requestHead('GET /stomp/a', H2C))
  t.ok(readAnswers(await client.closed())[0]?.body === body)
})

t.test('a client that leaves during h2c aborts the instance\'s request', async t => {
  const gateway = await gatewayPair(t, {}, () => {})
  const client = await gateway.open(requestHead('GET /stomp/a', H2C))
  const socket = await gateway.instance.connection()
  await gateway.instance.seen(seen => seen.endsWith('\r\n\r\n'))
  client.socket.resetAndDestroy()
  await once(socket, 'end')
  isAtRest(t, gateway)
})

t.test('Connection: upgrade without Upgrade is plain HTTP, with its body', async t => {
  const gateway = await gatewayPair(t)
  const answer = await gateway.ask(requestHead('POST /stomp/a', ['Connection: upgrade', 'Content-Length: 3']) + 'abc')
  t.match(answer, { status: 200, body: 'ok' })
  const seen = await gateway.instanceBytes()
  t.match(seen, /^POST \/a HTTP\/1\.1\r\n[^]*\r\n\r\nabc$/)
  t.notMatch(seen, /upgrade/i)
})

t.test('an upgrade pipelined behind a request under way ends the connection, not the process', async t => {
  const gateway = await gatewayPair(t, {}, () => {})
  for (const first of ['/stomp/a', '/healthz']) {
    const client = await gateway.open(requestHead(`GET ${first}`) + upgradeHead('/stomp/ws'))
    t.notMatch(await client.closed(), /101/)
  }
  t.notMatch(await gateway.instanceBytes(), /ws/)
  isAtRest(t, gateway)
})

const refusals = ['401 Unauthorized', '403 Forbidden', '404 Not Found', '503 Service Unavailable', '302 Found', '200 OK'] as const
for (const refusal of refusals) {
  t.test(`an instance's ${refusal} reaches the client as it is, and early bytes reach nobody`, async t => {
    const gateway = await gatewayPair(t, { ALLOWED_ORIGINS: LISTED }, (_head, socket) => {
      socket.write(answerWith('{"why":"because"}', ['Content-Type: application/json', 'WWW-Authenticate: Bearer', 'X-Own: 1',
        'Retry-After: 7', 'Upgrade: websocket', 'Access-Control-Allow-Origin: *', 'Access-Control-Allow-Credentials: false',
        'Vary: Cookie'], refusal))
    })
    const client = await gateway.open(upgradeHead('/stomp/ws', [`Origin: ${LISTED}`]) + EARLY + SMUGGLED)
    const answers = readAnswers(await client.closed())
    t.equal(answers.length, 1)
    const [answer] = answers
    t.match(answer, { status: Number(refusal.slice(0, 3)), body: '{"why":"because"}' })
    for (const [name, values] of Object.entries({
      'content-type': ['application/json'],
      'www-authenticate': ['Bearer'],
      'x-own': ['1'],
      'retry-after': ['7'],
      connection: ['close'],
      'access-control-allow-origin': [LISTED],
      'access-control-allow-credentials': ['true'],
      vary: ['Origin, Cookie'],
      upgrade: []
    })) t.strictSame(answer!.header(name), values, name)
    const seen = await gateway.instanceBytes()
    t.equal(seen.match(/^GET /gm)?.length, 1)
    t.notMatch(seen, /early|smuggled/)
    isAtRest(t, gateway)
  })
}

t.test('a long refusal streams to its end', async t => {
  const body = 'y'.repeat(4_000_000)
  const gateway = await gatewayPair(t, {}, (_head, socket) => { socket.write(answerWith(body, [], '403 Forbidden')) })
  const client = await gateway.open(upgradeHead('/stomp/ws'))
  t.ok(readAnswers(await client.closed())[0]?.body === body)
})

t.test('a refusal streams as the instance writes it', async t => {
  const gateway = await gatewayPair(t, {}, (_head, socket) => {
    socket.write('HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n')
  })
  const client = await gateway.open(upgradeHead('/stomp/ws'))
  await client.until(seen => seen.includes('one'))
  ;(await gateway.instance.connection()).write('3\r\ntwo\r\n0\r\n\r\n')
  t.equal(readAnswers(await client.closed())[0]?.body, 'onetwo')
})

t.test('a refusal that stalls is cut, and not ended as if it were whole', async t => {
  const gateway = await gatewayPair(t, { UPGRADE_TIMEOUT_MS: '100' }, (_head, socket) => {
    socket.write('HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n')
  })
  const client = await gateway.open(upgradeHead('/stomp/ws'))
  const seen = await client.closed()
  t.match(seen, /^HTTP\/1\.1 403 [^]*one/)
  t.notMatch(seen, /\r\n0\r\n/)
  isAtRest(t, gateway)
})

/** Ignores Upgrade, as RFC 9110 §7.8 lets it, and writes without end. */
function streamInstead (_head: string, socket: Socket) {
  socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
  const timer = setInterval(() => socket.write('3\r\none\r\n'), 20)
  socket.once('end', () => socket.end()).once('close', () => clearInterval(timer))
}

t.test('a stream in place of a 101 is cut after UPGRADE_TIMEOUT_MS, though it is never silent', async t => {
  const gateway = await gatewayPair(t, { UPGRADE_TIMEOUT_MS: '200' }, streamInstead)
  const client = await gateway.open(upgradeHead('/stomp/ws'))
  t.match(await client.closed(), /^HTTP\/1\.1 200 [^]*one\r\n3\r\none\r\n(?!0\r\n)/)
  isAtRest(t, gateway)
  const socket = await gateway.instance.connection()
  if (!socket.destroyed) await once(socket, 'close')
})

t.test('a stream in place of a 101 counts as a tunnel while it lasts', async t => {
  const gateway = await gatewayPair(t, { MAX_TUNNELS: '1' }, streamInstead)
  const first = await gateway.open(upgradeHead('/stomp/ws'))
  await first.until(seen => seen.includes('one'))
  t.equal(gateway.app.tunnelCount(), 1)
  t.equal(gateway.app.pool.instances[0]!.open, 1)
  const second = await gateway.open(upgradeHead('/stomp/ws'))
  t.match(await second.closed(), /^HTTP\/1\.1 503 [^]*"ERR_TUNNELS_FULL"/)
  const socket = await gateway.instance.connection()
  first.socket.destroy()
  if (!socket.destroyed) await once(socket, 'close')
  isAtRest(t, gateway)
})

t.test('early bytes of both sides arrive intact behind the 101', async t => {
  const fromClient = '\x82\x7e' + Array.from({ length: 200_000 }, (_, i) => String.fromCharCode(i % 256)).join('')
  const gateway = await gatewayPair(t, {}, () => {}) // its instance answers late, by hand
  const client = await gateway.open(upgradeHead('/stomp/ws') + fromClient.slice(0, 100))
  const socket = await gateway.instance.connection()
  const head = await gateway.instance.seen(seen => seen.endsWith('\r\n\r\n'))
  client.write(fromClient.slice(100))
  // The gateway has taken them when it answers somebody who came after.
  await gateway.instanceBytes()
  t.equal(gateway.instance.received[0], head, 'nothing of it travels before the 101')
  socket.write(SWITCH + '\x81\x05hello', 'latin1')
  await client.until(seen => seen.endsWith('\x81\x05hello'))
  await gateway.instance.seen(seen => seen.length >= head.length + fromClient.length)
  t.ok(gateway.instance.received[0] === head + fromClient)
  t.match(client.received(), /^HTTP\/1\.1 101 Switching Protocols\r\n/)
})

t.test('a client that sends more than is held and is reset gives its place back before UPGRADE_TIMEOUT_MS', async t => {
  const gateway = await gatewayPair(t, { UPGRADE_TIMEOUT_MS: '60000' }, () => {})
  const accepted = once(gateway.app.server, 'connection') as Promise<[Socket]>
  const client = await gateway.open(upgradeHead('/stomp/ws'))
  const [near] = await accepted
  const socket = await gateway.instance.connection()
  await gateway.instance.seen(seen => seen.endsWith('\r\n\r\n'))
  const paused = once(near, 'pause')
  client.write('x'.repeat(1_000_000))
  await paused
  t.equal(gateway.app.tunnelCount(), 1)
  const given = once(socket, 'end')
  client.socket.resetAndDestroy()
  await within(10_000, 'the end of the handshake', given)
  isAtRest(t, gateway)
})

t.test('CORS lines of an instance do not pass with its 101, its own lines do', async t => {
  const gateway = await gatewayPair(t, { ALLOWED_ORIGINS: LISTED }, (_head, socket) => {
    socket.write(SWITCH.replace(/\r\n$/, 'Access-Control-Allow-Origin: *\r\nSec-WebSocket-Protocol: v12.stomp\r\n' +
      'Set-Cookie: a=b\r\nVary: Origin\r\nConnection: X-Secret\r\nX-Secret: a\r\n\r\n'))
  })
  const client = await gateway.open(upgradeHead('/stomp/ws', [`Origin: ${LISTED}`]))
  const head = await client.until(seen => seen.endsWith('\r\n\r\n'))
  t.notMatch(head, /access-control|secret/i)
  t.match(head, /^Sec-WebSocket-Protocol: v12\.stomp\r$/m)
  t.match(head, /^Set-Cookie: a=b\r$/m)
  t.equal(head.match(/^(?:upgrade|connection|vary|sec-websocket-accept):/gim)?.length, 4, 'each of them once')
})

const OTHER_KEY = SWITCH.replace('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=')
const falseSwitches = [
  ['another Sec-WebSocket-Accept', OTHER_KEY],
  ['no Sec-WebSocket-Accept', SWITCH.replace(/Sec-WebSocket-Accept.*\r\n/, '')],
  ['two Sec-WebSocket-Accept lines', SWITCH.replace(/(Sec-WebSocket-Accept.*\r\n)/, '$1$1')],
  ['no Upgrade', SWITCH.replace(/Upgrade: websocket\r\n/, '')],
  ['another Upgrade', SWITCH.replace('Upgrade: websocket', 'Upgrade: h2c')],
  ['no Connection', SWITCH.replace('Connection: Upgrade\r\n', '')],
  ['nothing but the status', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ['nothing but the status, and an answer behind it', 'HTTP/1.1 101 Switching Protocols\r\n\r\n' + answerWith('evil')],
  ['a status below 100', 'HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n'],
  ['a status of 000', 'HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n'],
  ['a coding beside chunked', 'HTTP/1.1 403 No\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 403 No\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['a bare LF in a value', SWITCH.replace('\r\n\r\n', '\r\nX-A: b\nSet-Cookie: evil=1\r\n\r\n')],
  ['a bare CR in a value', SWITCH.replace('\r\n\r\n', '\r\nX-A: b\rSet-Cookie: evil=1\r\n\r\n')],
  ['garbage', 'nonsense\r\n\r\n'],
  ['an end without an answer', '']
] as const

for (const [name, bytes] of falseSwitches) {
  t.test(`an instance that answers a handshake with ${name} opens no tunnel`, async t => {
    const gateway = await gatewayPair(t, {}, (_head, socket) => {
      if (bytes === '') socket.end()
      else socket.write(bytes + 'evil', 'latin1')
    })
    const client = await gateway.open(upgradeHead('/stomp/ws') + EARLY + SMUGGLED)
    const seen = await client.closed()
    t.match(seen, /^HTTP\/1\.1 502 [^]*"ERR_UPSTREAM_RESPONSE"/)
    t.notMatch(seen, /evil/)
    t.notMatch(await gateway.instanceBytes(), /early|smuggled/)
    isAtRest(t, gateway)
  })
}

t.test('an instance that answers a handshake with 200 and Upgrade opens no tunnel', async t => {
  const gateway = await gatewayPair(t, {}, (_head, socket) => {
    socket.write(SWITCH.replace('101 Switching Protocols', '200 OK').replace('\r\n\r\n', '\r\nContent-Length: 2\r\n\r\nok'))
  })
  const client = await gateway.open(upgradeHead('/stomp/ws') + EARLY)
  t.strictSame(readAnswers(await client.closed()).map(({ status, body }) => [status, body]), [[200, 'ok']])
  t.notMatch(await gateway.instanceBytes(), /early/)
  isAtRest(t, gateway)
})

t.test('an instance that never answers a handshake is answered for with 504 after UPGRADE_TIMEOUT_MS', async t => {
  const gateway = await gatewayPair(t, { UPGRADE_TIMEOUT_MS: '100' }, () => {})
  const client = await gateway.open(upgradeHead('/stomp/ws') + EARLY)
  const socket = await gateway.instance.connection()
  t.match(await client.closed(), /^HTTP\/1\.1 504 [^]*"ERR_UPSTREAM_TIMEOUT"/)
  if (!socket.readableEnded) await once(socket, 'end')
  isAtRest(t, gateway)
})

t.test('interim answers before the 101 change nothing, and without end are cut', async t => {
  const gateway = await gatewayPair(t, { UPGRADE_TIMEOUT_MS: '200' }, (head, socket) => {
    if (head.includes('/once')) socket.write('HTTP/1.1 103 Early Hints\r\n\r\n' + SWITCH)
    else {
      const flood = () => {
        if (!socket.destroyed) socket.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(50), () => setImmediate(flood))
      }
      flood()
    }
  })
  const switched = await gateway.open(upgradeHead('/stomp/once'))
  t.match(await switched.until(seen => seen.includes('\r\n\r\n')), /^HTTP\/1\.1 101 /)
  const flooded = await gateway.open(upgradeHead('/stomp/flood'))
  t.match(await flooded.closed(), /^HTTP\/1\.1 504 /)
})

t.test('MAX_TUNNELS bounds tunnels, those being opened too, and says when to come back', async t => {
  const gateway = await gatewayPair(t, { MAX_TUNNELS: '1' }, () => {})
  const first = await gateway.open(upgradeHead('/stomp/ws'))
  await gateway.instance.seen(seen => seen.endsWith('\r\n\r\n'))
  const second = await gateway.open(upgradeHead('/stomp/second') + EARLY)
  t.match(await second.closed(), /^HTTP\/1\.1 503 [^]*^retry-after: \d+\r\n[^]*"ERR_TUNNELS_FULL"/m)
  t.notMatch(await gateway.instanceBytes(), /second|early/)
  const socket = await gateway.instance.connection()
  first.socket.destroy()
  await once(socket, 'end')
  isAtRest(t, gateway)
})
