import t from 'tap'
import type { Test } from 'tap'
import { answerWith } from '../helper/fake-instance.js'
import { gatewayPair, readAnswers, type Answer, type GatewayPair } from '../helper/gateway-pair.js'
import { requestHead, SWITCH, upgradeHead } from '../helper/raw-socket.js'

const LISTED = 'https://chat.example.com'
const OWN = 'https://gateway.example.com'
const SESSION = '/stomp/ws-stomp/000/abcd'

/** How one request with these header lines stands on the wire. */
const DOORS = {
  'plain HTTP': (lines: readonly string[]) => requestHead('GET /stomp/ws-stomp/info', lines),
  'a POST': (lines: readonly string[]) => requestHead(`POST ${SESSION}/xhr_send`, ['Content-Length: 0', ...lines]),
  'a preflight': (lines: readonly string[]) => requestHead(`OPTIONS ${SESSION}/xhr_send`, [
    'Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: content-type', ...lines]),
  'an upgrade': (lines: readonly string[]) => upgradeHead(`${SESSION}/websocket`, lines)
}

/** Three columns, and plain HTTP twice: what is read and what acts. */
const COLUMN = { 'plain HTTP': 'http', 'a POST': 'http', 'a preflight': 'preflight', 'an upgrade': 'upgrade' } as const
type Door = keyof typeof DOORS

/** What differs from a gateway that knows one listed origin and its own. */
const GATEWAYS = {
  'as usual': {},
  'that lists null': { ALLOWED_ORIGINS: `${LISTED},null` },
  'that denies upgrades without Origin': { MISSING_ORIGIN_ON_UPGRADE: 'deny' }
}

/** `echo` lets in and names the origin, `forward` lets in, `no preflight` is a 400 of the gateway's own. */
type Verdict = 'echo' | 'forward' | 'refuse' | 'no preflight'

interface Row {
  name: string
  lines: readonly string[]
  /** The gateway it is asked at; the usual one when left out. */
  at?: keyof typeof GATEWAYS
  http: Verdict
  preflight: Verdict
  upgrade: Verdict
}

const passes = { http: 'echo', preflight: 'echo', upgrade: 'echo' } as const
const refused = { http: 'refuse', preflight: 'refuse', upgrade: 'refuse' } as const
const absent = { http: 'forward', preflight: 'no preflight', upgrade: 'forward' } as const

const ROWS: readonly Row[] = [
  { name: 'an origin on the list', lines: [`Origin: ${LISTED}`], ...passes },
  { name: "the gateway's own origin", lines: [`Origin: ${OWN}`], ...passes },
  { name: 'no Origin', lines: [], ...absent },
  { name: 'no Origin', lines: [], at: 'that denies upgrades without Origin', ...absent, upgrade: 'refuse' },
  { name: 'no Origin, same-origin', lines: ['Sec-Fetch-Site: same-origin'], ...absent },
  { name: 'no Origin, none', lines: ['Sec-Fetch-Site: none'], ...absent },
  { name: 'no Origin, cross-site', lines: ['Sec-Fetch-Site: cross-site'], ...refused },
  { name: 'no Origin, same-site', lines: ['Sec-Fetch-Site: same-site'], ...refused },
  { name: 'null', lines: ['Origin: null'], ...refused },
  { name: 'null', lines: ['Origin: null'], at: 'that lists null', ...passes },
  { name: 'an origin that is not listed', lines: ['Origin: https://evil.test'], ...refused },
  { name: 'an empty Origin', lines: ['Origin:'], ...refused },
  { name: 'a malformed Origin', lines: [`Origin: ${LISTED}/path`], ...refused },
  { name: 'two Origin lines, both listed', lines: [`Origin: ${LISTED}`, `Origin: ${LISTED}`], ...refused },
  { name: 'two Origin lines, one listed', lines: [`Origin: ${LISTED}`, 'Origin: https://evil.test'], ...refused },
  { name: 'a listed Origin, cross-site', lines: [`Origin: ${LISTED}`, 'Sec-Fetch-Site: cross-site'], ...passes }
]

/** An instance that lets everybody in, as sockjs-node does; nothing of that may come through. */
const CARELESS = ['Access-Control-Allow-Origin: *', 'Access-Control-Allow-Credentials: false']
const STATUS = { http: 200, preflight: 204, upgrade: 101 } as const

async function serve (t: Test, settings: Record<string, string>): Promise<GatewayPair> {
  const lists = { ALLOWED_ORIGINS: LISTED, PUBLIC_ORIGINS: OWN }
  return await gatewayPair(t, { ...lists, ...settings }, (head, socket) => {
    const isUpgrade = /^Upgrade: websocket\r$/m.test(head)
    socket.write(isUpgrade
      ? SWITCH.replace(/\r\n$/, `${CARELESS.join('\r\n')}\r\n\r\n`)
      : answerWith('ok', CARELESS))
  })
}

/** How many requests the instance has read so far; an Origin is in none of them. */
async function countReached (t: Test, gateway: GatewayPair): Promise<number> {
  const bytes = await gateway.instanceBytes()
  t.notMatch(bytes, /^origin:/im, 'the instance reads no Origin')
  return bytes.match(/ HTTP\/1\.1\r\n/g)?.length ?? 0
}

/** The first answer, a 101 too, and whether the connection was closed behind it. */
async function ask (gateway: GatewayPair, bytes: string): Promise<Answer> {
  const client = await gateway.open(bytes)
  const seen = await client.until(seen => seen.startsWith('HTTP/1.1 101 ')
    ? seen.includes('\r\n\r\n')
    : readAnswers(seen).length > 0)
  const [answer] = readAnswers(seen.replace(/^HTTP\/1\.1 101 /, 'HTTP/1.1 200 '))
  const status = Number(seen.slice(9, 12))
  if (status === 403 && answer!.header('connection').includes('close')) await client.closed()
  client.socket.destroy()
  return { ...answer!, status }
}

/** The origin that the answer names, with credentials; nothing else of the kind is in it. */
function isNaming (t: Test, answer: Answer, origin: string | undefined) {
  const lines = [...answer.head.matchAll(/^(access-control-allow-(?:origin|credentials)): *(.*)\r?$/gim)]
  t.strictSame(lines.map(([, name, value]) => [name!.toLowerCase(), value]), origin === undefined
    ? []
    : [['access-control-allow-origin', origin], ['access-control-allow-credentials', 'true']])
}

/** What the row says about this door, seen from outside. */
async function isDecided (t: Test, gateway: GatewayPair, row: Row, door: Door) {
  const column = COLUMN[door]
  const verdict = row[column]
  const before = await countReached(t, gateway)
  const answer = await ask(gateway, DOORS[door](row.lines))
  const reached = await countReached(t, gateway) - before
  const letIn = verdict === 'echo' || verdict === 'forward'
  t.equal(answer.status, letIn ? STATUS[column] : verdict === 'refuse' ? 403 : 400)
  t.equal(reached, letIn && column !== 'preflight' ? 1 : 0, 'requests that reached the instance')
  t.match(answer.header('vary').join(), /^Origin\b/)
  const names = verdict === 'echo' && column !== 'upgrade' // a 101 is not read under CORS
  isNaming(t, answer, names ? row.lines[0]!.replace('Origin: ', '') : undefined)
  if (verdict === 'refuse') t.equal(JSON.parse(answer.body).code, 'ERR_ORIGIN_NOT_ALLOWED')
  if (verdict === 'refuse' && column === 'upgrade') t.strictSame(answer.header('connection'), ['close'])
  if (verdict === 'no preflight') t.equal(JSON.parse(answer.body).code, 'ERR_PREFLIGHT_INVALID')
  if (verdict === 'echo' && column === 'preflight') {
    t.strictSame(answer.header('cache-control'), ['public, max-age=31536000'])
    t.strictSame(answer.header('access-control-max-age'), ['31536000'])
    t.ok(Date.parse(answer.header('expires').join()) > Date.now())
  }
}

for (const [at, settings] of Object.entries(GATEWAYS)) {
  t.test(`at the gateway ${at}`, async t => {
    const gateway = await serve(t, settings)
    for (const row of ROWS.filter(row => (row.at ?? 'as usual') === at)) {
      for (const door of Object.keys(DOORS) as Door[]) {
        t.test(`${row.name}: ${door} is decided as "${row[COLUMN[door]]}"`, t => isDecided(t, gateway, row, door))
      }
    }
  })
}

t.test('another site that asks without Origin reads what is no SockJS route', async t => {
  const gateway = await serve(t, {})
  for (const site of ['cross-site', 'same-site']) {
    const answer = await gateway.ask(requestHead('GET /healthz', [`Sec-Fetch-Site: ${site}`]))
    t.equal(answer.status, 200)
    isNaming(t, answer, undefined)
  }
  t.equal(await countReached(t, gateway), 0)
})
