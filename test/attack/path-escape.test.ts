import t from 'tap'
import { gatewayPair } from '../helper/gateway-pair.js'
import { requestHead, upgradeHead } from '../helper/raw-socket.js'

/** What follows the prefix, and nothing of which an instance may see. */
const escapes = [
  ['a raw dot segment', '/../admin'],
  ['a raw dot segment at the end', '/ws-stomp/..'],
  ['a single dot', '/./admin'],
  ['a percent-encoded dot segment', '/%2e%2e/admin'],
  ['a dot segment in upper-case hex', '/%2E%2E/admin'],
  ['a half-encoded dot segment', '/%2e./admin'],
  ['the other half', '/.%2E/admin'],
  ['a doubly encoded dot segment', '/%252e%252e/admin'],
  ['a triply encoded dot segment', '/%25252e%25252e/admin'],
  ['a dot segment encoded five times', '/%252525252e%252525252e/admin'],
  ['a dot segment with a path parameter', '/..;/admin'],
  ['a dot segment with a named parameter', '/..;a=b/admin'],
  ['a single dot with a path parameter', '/.;/admin'],
  ['an encoded semicolon', '/..%3b/admin'],
  ['an encoded dot segment with a parameter', '/%2e%2e;/admin'],
  ['a parameter alone as a segment', '/;/admin'],
  ['a backslash', '/..\\admin'],
  ['an encoded backslash', '/..%5cadmin'],
  ['a doubly encoded backslash', '/..%255Cadmin'],
  ['an encoded slash', '/..%2fadmin'],
  ['an encoded slash in upper-case hex', '/..%2Fadmin'],
  ['a doubly encoded slash', '/..%252fadmin'],
  ['an encoded slash inside a name', '/a%2fb'],
  ['an encoded NUL', '/a%00.html'],
  ['an encoded line end', '/a%0d%0aX-A:%20b'],
  ['an encoded tab', '/a%09b'],
  ['an encoded DEL', '/a%7fb'],
  ['an overlong dot', '/%c0%ae%c0%ae/admin'],
  ['an overlong slash', '/..%c0%afadmin'],
  ['an overlong slash of three bytes', '/..%e0%80%afadmin'],
  ['a %u escape', '/%u002e%u002e/admin'],
  ['a full-width %u slash', '/..%uff0fadmin'],
  ['a raw byte above ASCII', '/\xc0\xae\xc0\xae/admin'],
  ['raw UTF-8', '/caf\xc3\xa9'],
  ['raw UTF-8 in the query', '/a?b=\xc3\xa9'],
  ['a raw tab', '/a\tb'],
  ['a raw control byte', '/a\x01b'],
  ['a raw DEL', '/a\x7fb'],
  ['a broken escape', '/a%zz'],
  ['a cut escape', '/a%2'],
  ['a lone percent sign', '/a%'],
  ['a fragment', '/a#/../b'],
  ['a fragment behind the query', '/a?b#c'],
  ['a quote', '/a"b'],
  ['an angle bracket', '/<script>'],
  ['blanks around dots', '/%20../admin']
] as const

t.test('a path that could climb out of its prefix is refused, by request and by upgrade', async t => {
  const gateway = await gatewayPair(t)
  for (const [name, rest] of escapes) {
    t.test(name, async t => {
      for (const bytes of [requestHead(`GET /stomp${rest}`), requestHead(`POST /stomp${rest}`, ['Content-Length: 0']),
        upgradeHead(`/stomp${rest}`)]) {
        const answer = await gateway.ask(bytes)
        t.equal(answer.status, 400)
        t.match(answer.body, /ERR_REQUEST_(?:PATH_INVALID|MALFORMED)/)
        t.notMatch(answer.body, /admin|script/, 'and the answer echoes nothing')
      }
    })
  }
  t.test('and no instance saw a byte of it', async t => {
    t.equal(gateway.instance.sockets.length, 0)
    t.equal(await gateway.instanceBytes(), '')
  })
})

const elsewhere = [
  ['a longer first segment', '/stompx/a'],
  ['the prefix in another case', '/STOMP/a'],
  ['the prefix with an encoded letter', '/%73tomp/a'],
  ['a parameter on the prefix', '/stomp;a=b/a'],
  ['an empty segment before the prefix', '//stomp/a'],
  ['an encoded end of the prefix', '/stom%70'],
  ['the root', '/'],
  ['another host in the path', '//other.test/stomp/a']
] as const

t.test('what only looks like the prefix has no route', async t => {
  const gateway = await gatewayPair(t)
  for (const [name, path] of elsewhere) {
    t.test(name, async t => {
      for (const bytes of [requestHead(`GET ${path}`), upgradeHead(path)]) {
        const answer = await gateway.ask(bytes)
        t.match([answer.status, answer.body], [404, /ERR_ROUTE_NOT_FOUND/])
      }
    })
  }
  t.test('and no instance saw a byte of it', async t => t.equal(await gateway.instanceBytes(), ''))
})

/** Odd, and legal: every byte of it is the instance's own affair. */
const legal = [
  '', '/', '/a', '/a/', '/%41', '/a..b', '/a/..b', '/a../b', '/...', '/.../a', '/.a', '/a.', '/a;v=1/b', '/~a/-_.',
  "/!$&'()*+,=:@", '/a%20b', '/a+b', '/%e2%82%ac', '/%E2%82%AC', '/a%7Cb', '/a//b', '//a', '/[1]',
  '/100%25', '/a%3fb', '/a%23b', '/http://other.test/x', '/@other.test', '/:80/', '/a:b@c'
]
const queries = [
  '', '?', '?a=b', '?a=../..%2f&b=%zz;?', '?/../..//\\', '?a=%00%0d%0a', '??', '?a="<>{}|^`', '?%c0%ae', "?'",
  '?http://other.test/', '?..;/'
]

for (const base of ['', '/base', '/deep/base']) {
  t.test(`legal paths and any query pass byte for byte to an instance ${base === '' ? 'at its root' : `under ${base}`}`, async t => {
    const instance = await gatewayPair(t) // lends its instance: the settings need its port
    const gateway = await gatewayPair(t, { STOMP_UPSTREAMS: `${instance.instance.url}${base}` })
    const sent = [...legal.map(path => `${path}?q=1`), ...queries.map(query => `/a${query}`), ...legal]
    for (const rest of sent) {
      t.equal((await gateway.ask(requestHead(`GET /stomp${rest}`))).status, 200, rest)
    }
    const targets = instance.instance.received.join('').match(/^GET .*(?= HTTP\/1\.1\r$)/gm) ?? []
    t.strictSame(targets, sent.map(rest => {
      const target = base + rest
      return `GET ${target.startsWith('/') ? target : `/${target}`}`
    }))
  })
}

t.test('an upgrade takes its path and query along byte for byte', async t => {
  const instance = await gatewayPair(t)
  const gateway = await gatewayPair(t, { STOMP_UPSTREAMS: `${instance.instance.url}/base` })
  const sent = [...legal.map(path => `${path}?q=1`), ...queries.map(query => `/a${query}`)]
  for (const rest of sent) t.equal((await gateway.ask(upgradeHead(`/stomp${rest}`))).status, 200, rest)
  const targets = instance.instance.received.join('').match(/^GET .*(?= HTTP\/1\.1\r$)/gm) ?? []
  t.strictSame(targets, sent.map(rest => `GET /base${rest}`))
})

t.test('a path over 8 KiB is refused', async t => {
  const gateway = await gatewayPair(t)
  const answer = await gateway.ask(requestHead(`GET /stomp/${'a'.repeat(8_192)}`))
  t.match([answer.status, answer.body], [400, /ERR_REQUEST_PATH_INVALID/])
  t.equal(await gateway.instanceBytes(), '')
})
