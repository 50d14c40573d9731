import t from 'tap'
import { gatewayPair } from '../helper/gateway-pair.js'
import { requestHead, SWITCH, upgradeHead } from '../helper/raw-socket.js'

const LISTED = 'https://chat.example.com'

/** Both ways to an instance: how a request with these lines stands on the wire. */
const WAYS = {
  'a request': (lines: readonly string[]) => requestHead('GET /stomp/a', lines),
  'an upgrade': (lines: readonly string[]) => upgradeHead('/stomp/a', lines)
}

/** The values of every line with this name, in a head or several. */
function valuesOf (bytes: string, name: string): string[] {
  return [...bytes.matchAll(new RegExp(`^${name}: ?(.*)\r$`, 'gim'))].map(([, value = '']) => value)
}

const lies = [
  'X-Forwarded-For: 6.6.6.6', 'x-forwarded-for: 6.6.6.7', 'X-FORWARDED-PROTO: https', 'X-Forwarded-Host: evil.test',
  'X-Forwarded-Prefix: /evil', 'X-Forwarded-Port: 666', 'X-Forwarded-Server: evil', 'X-Forwarded-Ssl: on',
  'X-Forwarded-Anything: evil', 'Forwarded: for=6.6.6.6;host=evil.test', 'X-Real-IP: 6.6.6.6', 'X_Forwarded_For: 6.6.6.6',
  'X_Forwarded-Host: evil.test', 'X-Real_IP: 6.6.6.6', 'X_REAL_IP: 6.6.6.6'
]

for (const [way, request] of Object.entries(WAYS)) {
  t.test(`what a client says of its own address does not travel with ${way}`, async t => {
    const gateway = await gatewayPair(t)
    t.equal((await gateway.ask(request(lies))).status, 200)
    const seen = await gateway.instanceBytes()
    t.notMatch(seen, /6\.6\.6|evil|666|_/i)
    t.strictSame(valuesOf(seen, 'x-forwarded-[a-z]+'), ['127.0.0.1', 'http', 'gateway.test', '/stomp'])
  })

  t.test(`lines that Connection names do not travel with ${way}, ours do all the same`, async t => {
    const gateway = await gatewayPair(t)
    const named = ['Connection: X-Forwarded-For, via, X-FORWARDED-PROTO,X-Forwarded-Host , X-Forwarded-Prefix', 'X-Secret: a',
      'connection: Host, Cookie, x-secret', 'Cookie: a=b', 'Via: 1.0 fred', 'X-Kept: b']
    t.equal((await gateway.ask(request(named))).status, 200)
    const seen = await gateway.instanceBytes()
    t.strictSame(valuesOf(seen, 'x-forwarded-[a-z]+'), ['127.0.0.1', 'http', 'gateway.test', '/stomp'])
    t.strictSame(valuesOf(seen, 'host'), [`127.0.0.1:${gateway.instance.port}`])
    t.strictSame(valuesOf(seen, 'via'), ['1.0 fred, 1.1 gatehouse'])
    t.strictSame(valuesOf(seen, 'x-kept'), ['b'])
    t.notMatch(seen, /secret|cookie/i)
  })

  t.test(`hop-by-hop lines do not travel with ${way}`, async t => {
    const gateway = await gatewayPair(t)
    const hops = ['Keep-Alive: timeout=9', 'TE: trailers', 'Trailer: X-A', 'Proxy: http://evil.test', 'Proxy-Connection: close',
      'Proxy-Authorization: Basic evil', 'Proxy-Authenticate: Basic', 'HTTP2-Settings: AAMAAABk']
    t.equal((await gateway.ask(request(hops))).status, 200)
    t.notMatch(await gateway.instanceBytes(), /^(?:keep-alive|te|trailer|proxy[a-z-]*|http2-settings):/im)
  })

  t.test(`cookies, tokens and bytes above ASCII pass with ${way} as they are`, async t => {
    const gateway = await gatewayPair(t)
    const lines = ['Cookie: a=b; c="d"', 'Cookie: e=f', 'Authorization: Bearer x.y.z', 'X-Bytes: \x80\xc3\xa9\xff\t!', 'X-Empty:',
      'X-Twice: 1', 'X-Twice: 2', '__proto__: a', 'constructor: b']
    t.equal((await gateway.ask(request(lines))).status, 200)
    const seen = await gateway.instanceBytes()
    for (const line of lines) t.ok(seen.includes(`\r\n${line.replace(/:(?! )/, ': ')}\r\n`), JSON.stringify(line))
  })

  t.test(`X-Forwarded-* of a trusted proxy are narrowed for ${way}`, async t => {
    const trusted = [
      ['the right-most address that is no proxy counts', ['X-Forwarded-For: 6.6.6.6, 203.0.113.7'], ['203.0.113.7', 'http', 'gateway.test']],
      ['several lines are one list', ['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 203.0.113.7, 127.0.0.1'],
        ['203.0.113.7', 'http', 'gateway.test']],
      ['an IPv6 address passes', ['X-Forwarded-For: 2001:db8::7'], ['2001:db8::7', 'http', 'gateway.test']],
      ['no address at all falls back to the peer', ['X-Forwarded-Proto: https'], ['127.0.0.1', 'https', 'gateway.test']],
      ['a name in an address\'s place falls back to the peer', ['X-Forwarded-For: unknown'], ['127.0.0.1', 'http', 'gateway.test']],
      ['markup in an address\'s place does, too', ['X-Forwarded-For: "><script>'], ['127.0.0.1', 'http', 'gateway.test']],
      ['an empty list does, too', ['X-Forwarded-For:'], ['127.0.0.1', 'http', 'gateway.test']],
      ['wss is https', ['X-Forwarded-Proto: wss'], ['127.0.0.1', 'https', 'gateway.test']],
      ['ws is http', ['X-Forwarded-Proto: WS'], ['127.0.0.1', 'http', 'gateway.test']],
      ['another scheme falls back', ['X-Forwarded-Proto: gopher'], ['127.0.0.1', 'http', 'gateway.test']],
      ['the last scheme counts', ['X-Forwarded-Proto: http, https'], ['127.0.0.1', 'https', 'gateway.test']],
      ['a host passes', ['X-Forwarded-Host: app.example.com:8443'], ['127.0.0.1', 'http', 'app.example.com:8443']],
      ['no host falls back', ['X-Forwarded-Host: a/b'], ['127.0.0.1', 'http', 'gateway.test']],
      ['user-info is no host', ['X-Forwarded-Host: a@b'], ['127.0.0.1', 'http', 'gateway.test']],
      ['a prefix is not believed', ['X-Forwarded-Prefix: /evil'], ['127.0.0.1', 'http', 'gateway.test']],
      ['Forwarded is not read', ['Forwarded: for=6.6.6.6;proto=https;host=evil.test'], ['127.0.0.1', 'http', 'gateway.test']]
    ] as const
    for (const [name, lines, facts] of trusted) {
      t.test(name, async t => {
        const gateway = await gatewayPair(t, { TRUST_PROXY: '127.0.0.1' })
        t.equal((await gateway.ask(request(lines))).status, 200)
        const seen = await gateway.instanceBytes()
        t.strictSame(valuesOf(seen, 'x-forwarded-[a-z]+'), [...facts, '/stomp'])
        t.strictSame(valuesOf(seen, 'forwarded'), [])
      })
    }
  })

  t.test(`a peer that is not in TRUST_PROXY is not believed, with ${way}`, async t => {
    const gateway = await gatewayPair(t, { TRUST_PROXY: '192.0.2.0/24' })
    t.equal((await gateway.ask(request(lies))).status, 200)
    t.strictSame(valuesOf(await gateway.instanceBytes(), 'x-forwarded-[a-z]+'),
      ['127.0.0.1', 'http', 'gateway.test', '/stomp'])
  })

  t.test(`Origin travels with ${way} under UPSTREAM_ORIGIN=preserve alone`, async t => {
    for (const [setting, expected] of [['strip', []], ['preserve', [LISTED]]] as const) {
      const gateway = await gatewayPair(t, { ALLOWED_ORIGINS: LISTED, UPSTREAM_ORIGIN: setting })
      t.equal((await gateway.ask(request([`oRIGIN: ${LISTED}`]))).status, 200)
      t.strictSame(valuesOf(await gateway.instanceBytes(), 'origin'), expected)
    }
  })
}

t.test('Upgrade does not travel on plain HTTP', async t => {
  const gateway = await gatewayPair(t)
  // Without `Connection: Upgrade` it asks for nothing.
  t.equal((await gateway.ask(requestHead('GET /stomp/a', ['Upgrade: websocket', 'Connection: keep-alive']))).status, 200)
  t.notMatch(await gateway.instanceBytes(), /upgrade|websocket/i)
})

t.test('Connection: Sec-WebSocket-Key leaves no handshake to accept', async t => {
  const gateway = await gatewayPair(t, {}, (head, socket) => {
    socket.write(/sec-websocket-key/i.test(head) ? SWITCH : 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
  })
  t.equal((await gateway.ask(upgradeHead('/stomp/a', ['Connection: Sec-WebSocket-Key']))).status, 400)
})

t.test('a body stays framed whatever Connection names', async t => {
  const gateway = await gatewayPair(t)
  const answer = await gateway.ask(requestHead('POST /stomp/a', ['Connection: Content-Length', 'Content-Length: 3']) + 'abc')
  t.equal(answer.status, 200)
  t.match(await gateway.instanceBytes(), /\r\ncontent-length: 3\r\n\r\nabc$/i)
})

for (const value of ['200-ok', '100-continue, 200-ok', '100-continue;q=1', 'x', '100-continue\r\nExpect: 100-continue']) {
  t.test(`Expect: ${JSON.stringify(value)} cannot be met`, async t => {
    const gateway = await gatewayPair(t)
    const client = await gateway.open(requestHead('POST /stomp/a', ['Content-Length: 3', `Expect: ${value}`]))
    t.match(await client.until(seen => seen.includes('}')), /^HTTP\/1.1 417 [^]*ERR_EXPECTATION_FAILED/)
    t.equal(await gateway.instanceBytes(), '')
  })
}

t.test('Expect: 100-continue is met for those the gate lets in, and does not travel', async t => {
  const gateway = await gatewayPair(t)
  const client = await gateway.open(requestHead('POST /stomp/a', ['Content-Length: 3', 'Expect: 100-Continue']))
  await client.until(seen => seen === 'HTTP/1.1 100 Continue\r\n\r\n')
  client.write('abc')
  t.match(await client.until(seen => seen.includes('ok')), /\r\n\r\nHTTP\/1.1 200 OK\r\n/)
  t.notMatch(await gateway.instanceBytes(), /expect/i)

  const stranger = await gateway.ask(requestHead('POST /stomp/a',
    ['Content-Length: 3', 'Expect: 100-continue', 'Origin: https://evil.test']))
  t.equal(stranger.status, 403)
})

t.test('an HTTP/1.0 client gets no interim answer', async t => {
  const gateway = await gatewayPair(t)
  const client = await gateway.open('POST /stomp/a HTTP/1.0\r\nHost: gateway.test\r\nContent-Length: 3\r\n' +
    'Expect: 100-continue\r\n\r\nabc')
  t.match(await client.closed(), /^HTTP\/1.1 200 /)
})

const corsOfInstance = [
  'Access-Control-Allow-Origin: *', 'access-control-allow-origin: https://evil.test', 'ACCESS-CONTROL-ALLOW-CREDENTIALS: true',
  'Access-Control-Allow-Methods: EVIL', 'Access-Control-Allow-Headers: evil', 'Access-Control-Expose-Headers: evil',
  'Access-Control-Max-Age: 666', 'Access-Control-Allow-Private-Network: true', 'Access-Control-Anything: evil'
]

for (const status of ['200 OK', '404 Not Found', '500 Internal Server Error']) {
  t.test(`no CORS line of an instance passes with ${status}`, async t => {
    const gateway = await gatewayPair(t, { ALLOWED_ORIGINS: LISTED }, (_head, socket) => {
      socket.write([`HTTP/1.1 ${status}`, 'Content-Length: 2', ...corsOfInstance, 'Vary: Accept-Encoding, origin',
        'vary: Cookie', '', 'ok'].join('\r\n'))
    })
    const allowed = await gateway.ask(requestHead('GET /stomp/a', [`Origin: ${LISTED}`]))
    t.strictSame(allowed.header('access-control-allow-origin'), [LISTED])
    t.strictSame(allowed.header('access-control-allow-credentials'), ['true'])
    t.strictSame(allowed.head.match(/^access-control-[^:]*/gim)?.length, 2)
    t.strictSame(allowed.header('vary'), ['Origin, Accept-Encoding, Cookie'])

    const native = await gateway.ask(requestHead('GET /stomp/a'))
    t.notMatch(native.head, /^access-control/im)
    t.strictSame(native.header('vary'), ['Origin, Accept-Encoding, Cookie'])
  })
}

t.test('an instance cannot name our lines away', async t => {
  const gateway = await gatewayPair(t, { ALLOWED_ORIGINS: LISTED }, (_head, socket) => {
    socket.write(['HTTP/1.1 200 OK', 'Connection: Vary, Access-Control-Allow-Origin, X-Secret, Content-Length', 'X-Secret: a',
      'Content-Length: 2', 'Keep-Alive: timeout=9', 'Proxy-Authenticate: Basic', 'Upgrade: h2c', 'Trailer: X-A', 'X-Kept: \x80\xff',
      'constructor: c', 'Set-Cookie: a=b', 'Set-Cookie: c=d', '', 'ok'].join('\r\n'), 'latin1')
  })
  const answer = await gateway.ask(requestHead('GET /stomp/a', [`Origin: ${LISTED}`]))
  t.strictSame(answer.header('access-control-allow-origin'), [LISTED])
  t.strictSame(answer.header('vary'), ['Origin'])
  t.strictSame(answer.header('x-kept'), ['\x80\xff'])
  t.strictSame(answer.header('constructor'), ['c'], 'a name of Object.prototype is a name like any other')
  t.strictSame(answer.header('set-cookie'), ['a=b', 'c=d'])
  t.equal(answer.body, 'ok')
  t.notMatch(answer.head, /secret|timeout=9|proxy-auth|h2c|trailer/i)
})

t.test('Vary: * of an instance stays', async t => {
  const gateway = await gatewayPair(t, {}, (_head, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nVary: *\r\nContent-Length: 0\r\n\r\n')
  })
  t.strictSame((await gateway.ask(requestHead('GET /stomp/a'))).header('vary'), ['*'])
})
