import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { gatewayPair, readAnswers, type Answer } from '../helper/gateway-pair.js'
import { requestHead, SWITCH, upgradeHead } from '../helper/raw-socket.js'

const LISTED = 'https://chat.example.com'
const SETTINGS = { ALLOWED_ORIGINS: `${LISTED},https://*.apps.example.com` }
const INFO = '/stomp/ws-stomp/info'
const SESSION = '/stomp/ws-stomp/000/abcd'

/** The three doors: how one request with these header lines stands on the wire. */
const DOORS = {
  'a GET': (lines: readonly string[]) => requestHead(`GET ${INFO}`, lines),
  'an xhr_send': (lines: readonly string[]) => requestHead(`POST ${SESSION}/xhr_send`,
    ['Content-Type: text/plain', 'Content-Length: 4', ...lines]) + '["a"',
  'a preflight': (lines: readonly string[]) => requestHead(`OPTIONS ${SESSION}/xhr`,
    ['Access-Control-Request-Method: POST', ...lines]),
  'an upgrade': (lines: readonly string[]) => upgradeHead(`${SESSION}/websocket`, lines)
}

/** What every refusal of the gate has in common. */
function isRefusal (t: Test, answer: Answer) {
  t.equal(answer.status, 403)
  t.strictSame(answer.header('access-control-allow-origin'), [])
  t.strictSame(answer.header('access-control-allow-credentials'), [])
  t.strictSame(answer.header('vary'), ['Origin'])
  const { message, requestId, ...rest } = JSON.parse(answer.body)
  t.strictSame(rest, { statusCode: 403, code: 'ERR_ORIGIN_NOT_ALLOWED', error: 'Forbidden' })
  t.match({ message, requestId }, { message: /./, requestId: /^[0-9a-f-]{36}$/ })
}

const refused = [
  ['an unlisted origin', ['Origin: https://evil.test']],
  ['a listed origin used as a prefix', [`Origin: ${LISTED}.evil.test`]],
  ['a listed origin used as a suffix', ['Origin: https://evilchat.example.com']],
  ['the other scheme', ['Origin: http://chat.example.com']],
  ['another port', [`Origin: ${LISTED}:8443`]],
  ['a trailing dot', [`Origin: ${LISTED}.`]],
  ['a trailing slash', [`Origin: ${LISTED}/`]],
  ['a path behind it', [`Origin: ${LISTED}/@evil.test`]],
  ['user-info before a listed host', ['Origin: https://evil.test@chat.example.com']],
  ['a listed host as user-info', [`Origin: ${LISTED}@evil.test`]],
  ['a backslash after a listed host', [`Origin: ${LISTED}\\@evil.test`]],
  ['backslashes for slashes', ['Origin: https:\\\\chat.example.com']],
  ['a percent-encoded dot', ['Origin: https://chat%2eexample.com']],
  ['a homograph in raw bytes', ['Origin: https://ch\xe0t.example.com']],
  ['the apex of a wildcard', ['Origin: https://apps.example.com']],
  ['a look-alike of a wildcard', ['Origin: https://evilapps.example.com']],
  ['a slash where a wildcard wants a label', ['Origin: https://evil.test/.apps.example.com']],
  ['a tab inside', ['Origin: https://chat\t.example.com']],
  ['the opaque origin null', ['Origin: null']],
  ['NULL in another case', ['Origin: NULL']],
  ['an empty value', ['Origin:']],
  ['blanks alone', ['Origin: \t ']],
  ['two equal lines', [`Origin: ${LISTED}`, `Origin: ${LISTED}`]],
  ['a listed line before another', [`Origin: ${LISTED}`, 'Origin: https://evil.test']],
  ['a listed line behind another', ['Origin: https://evil.test', `Origin: ${LISTED}`]],
  ['a listed line behind an empty one', ['Origin:', `Origin: ${LISTED}`]],
  ['a listed line in another case behind it', ['Origin: https://evil.test', `oRiGiN: ${LISTED}`]],
  ['a comma list', [`Origin: ${LISTED}, https://evil.test`]],
  ['a space list', [`Origin: ${LISTED} https://evil.test`]],
  ['an Origin in odd case', ['ORIGIN: https://evil.test']],
  ['an Origin that equals Host', ['Origin: http://gateway.test']],
  ['an Origin that Sec-Fetch-Site vouches for', ['Origin: https://evil.test', 'Sec-Fetch-Site: same-origin']],
  ['an Origin that Connection would remove', ['Origin: https://evil.test', 'Connection: Origin']],
  ['an Origin under a forwarded host of the same name', ['Origin: https://evil.test', 'X-Forwarded-Host: evil.test']],
  ['an Origin behind 1,200 filler lines', [...Array(1_200).fill('a:'), 'Origin: https://evil.test']]
] as const

for (const [door, request] of Object.entries(DOORS)) {
  t.test(`${door} is refused before any instance`, async t => {
    const gateway = await gatewayPair(t, SETTINGS)
    for (const [name, lines] of refused) {
      // A handshake names its own Connection; two lines of it are one list.
      t.test(`with ${name}`, async t => isRefusal(t, await gateway.ask(request(lines))))
    }
    t.test('and no instance saw a byte of it', async t => {
      t.equal(gateway.instance.sockets.length, 0)
      t.equal(await gateway.instanceBytes(), '')
    })
  })

  t.test(`${door} with a listed Origin passes with blanks around it, in any case of the name`, async t => {
    const gateway = await gatewayPair(t, SETTINGS, (head, socket) => {
      socket.write(/^GET \S+\/websocket/.test(head) ? SWITCH : 'HTTP/1.1 204 No Content\r\n\r\n')
    })
    for (const line of [`Origin: ${LISTED}`, `ORIGIN:\t ${LISTED} \t`, 'origin:HTTPS://Chat.Example.com:443']) {
      const client = await gateway.open(request([line]))
      const bytes = await client.until(seen => seen.includes('\r\n\r\n'))
      t.match(bytes, /^HTTP\/1.1 (?:101|204) /)
      t.notMatch(await gateway.instanceBytes(), /origin/i, 'and the instance never reads it')
      client.socket.destroy()
    }
  })
}

t.test('a refused upgrade ends the connection', async t => {
  const gateway = await gatewayPair(t, SETTINGS)
  const client = await gateway.open(DOORS['an upgrade'](['Origin: https://evil.test']) + requestHead(`GET ${INFO}`))
  const answers = readAnswers(await client.closed())
  t.equal(answers.length, 1, 'and what came behind it is no request')
  t.strictSame(answers[0]!.header('connection'), ['close'])
  t.equal(await gateway.instanceBytes(), '')
})

t.test('a remembered preflight opens nothing', async t => {
  const gateway = await gatewayPair(t, SETTINGS)
  t.equal((await gateway.ask(DOORS['a preflight']([`Origin: ${LISTED}`]))).status, 204)
  isRefusal(t, await gateway.ask(DOORS['an xhr_send'](['Origin: https://evil.test'])))
  t.equal(await gateway.instanceBytes(), '')
})

t.test('a method override makes no preflight of a POST, and no POST of a preflight', async t => {
  const gateway = await gatewayPair(t, SETTINGS)
  for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) {
    isRefusal(t, await gateway.ask(requestHead(`POST ${SESSION}/xhr_send?_method=OPTIONS`, [
      'Content-Length: 0', 'Origin: https://evil.test', `${name}: OPTIONS`, 'Access-Control-Request-Method: POST'
    ])))
    const preflight = await gateway.ask(DOORS['a preflight']([`Origin: ${LISTED}`, `${name}: POST`]))
    t.equal(preflight.status, 204)
  }
  t.equal(await gateway.instanceBytes(), '')
})

const foreign = ['cross-site', 'same-site', 'CROSS-SITE', 'same-origin, cross-site', 'cross-site;a=b'] as const
for (const site of foreign) {
  t.test(`without Origin, Sec-Fetch-Site: ${site} is refused on every SockJS door`, async t => {
    const gateway = await gatewayPair(t, SETTINGS)
    const line = `Sec-Fetch-Site: ${site}`
    for (const door of ['a GET', 'an xhr_send', 'an upgrade'] as const) {
      isRefusal(t, await gateway.ask(DOORS[door]([line])))
    }
    isRefusal(t, await gateway.ask(requestHead(`GET ${SESSION}/eventsource`, [line])))
    isRefusal(t, await gateway.ask(requestHead(`GET ${INFO}`, ['Sec-Fetch-Site: same-origin', line])))
    t.equal(await gateway.instanceBytes(), '')
  })
}

t.test('an upgrade without Origin is refused when MISSING_ORIGIN_ON_UPGRADE says so', async t => {
  const gateway = await gatewayPair(t, { ...SETTINGS, MISSING_ORIGIN_ON_UPGRADE: 'deny' })
  isRefusal(t, await gateway.ask(upgradeHead(`${SESSION}/websocket`)))
  t.equal(await gateway.instanceBytes(), '')
})

t.test('an empty list lets nothing cross-origin pass', async t => {
  const gateway = await gatewayPair(t)
  for (const request of Object.values(DOORS)) isRefusal(t, await gateway.ask(request([`Origin: ${LISTED}`])))
  t.equal(await gateway.instanceBytes(), '')
})

t.test("the gateway's own doors are no way round the gate", async t => {
  const gateway = await gatewayPair(t, SETTINGS)
  for (const path of ['/healthz', '/readyz', '/nowhere', '/stomp/%2e%2e/x', '/stompx']) {
    isRefusal(t, await gateway.ask(requestHead(`GET ${path}`, ['Origin: https://evil.test'])))
  }
  t.equal(await gateway.instanceBytes(), '')
})

interface Row {
  method: string
  path: string
  upgrade: boolean
  origin: string | null
  secFetchSite: string | null
  secFetchMode: string | null
  expect: 'allow' | 'deny'
  why: string
}
const rows = JSON.parse(
  readFileSync('test/unit/origin/vectors/absent-origin.json', 'utf8')) as Row[]

t.test('the table of requests without a telling Origin is whole', async t => { t.equal(rows.length, 20) })

for (const { method, path, upgrade, origin, secFetchSite, secFetchMode, expect, why } of rows) {
  const lines = [
    ...(origin === null ? [] : [`Origin: ${origin}`]),
    ...(secFetchSite === null ? [] : [`Sec-Fetch-Site: ${secFetchSite}`]),
    ...(secFetchMode === null ? [] : [`Sec-Fetch-Mode: ${secFetchMode}`]),
    ...(method === 'POST' ? ['Content-Length: 0'] : [])
  ]
  const title = `${upgrade ? 'upgrade' : method} ${path} (${lines.join(', ') || 'bare'})`
  t.test(`${title}: ${expect}${why && `, ${why}`}`, async t => {
    const gateway = await gatewayPair(t, SETTINGS, (_head, socket) => {
      socket.write(upgrade ? SWITCH : 'HTTP/1.1 204 No Content\r\n\r\n')
    })
    const client = await gateway.open(upgrade ? upgradeHead(path, lines) : requestHead(`${method} ${path}`, lines))
    const answer = await client.until(seen => seen.includes('\r\n\r\n'))
    const passed = await gateway.instanceBytes()
    if (expect === 'allow') {
      t.match(answer, upgrade ? /^HTTP\/1.1 101 / : /^HTTP\/1.1 204 /)
      t.ok(passed.startsWith(`${method} ${path.replace('/stomp', '')} HTTP/1.1\r\n`))
      return
    }
    t.match(answer, /^HTTP\/1.1 (?:400|403|404) /)
    t.equal(passed, '')
  })
}

t.test('a switched-off transport is 404, and OPTIONS without Origin is 400, neither of them forwarded', async t => {
  const gateway = await gatewayPair(t, SETTINGS)
  for (const path of [`${SESSION}/jsonp`, `${SESSION}/htmlfile`, '/stomp/ws-stomp/iframe.html',
    '/stomp/ws-stomp/iframe-1.2.3.html', `${SESSION}/%6asonp`, `${SESSION}/jsonp;a=b`]) {
    for (const lines of [[], [`Origin: ${LISTED}`]]) {
      const answer = await gateway.ask(requestHead(`GET ${path}`, lines))
      t.match([answer.status, answer.body], [404, /ERR_TRANSPORT_DISABLED/], path)
    }
  }
  const bare = await gateway.ask(requestHead(`OPTIONS ${INFO}`, ['Access-Control-Request-Method: POST']))
  t.match([bare.status, bare.body], [400, /ERR_PREFLIGHT_INVALID/])
  const noMethod = await gateway.ask(requestHead(`OPTIONS ${INFO}`, [`Origin: ${LISTED}`]))
  t.match([noMethod.status, noMethod.body], [400, /ERR_PREFLIGHT_INVALID/])
  t.equal(await gateway.instanceBytes(), '')
})
