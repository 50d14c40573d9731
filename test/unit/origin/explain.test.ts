import { readFileSync } from 'node:fs'
import t from 'tap'
import { AllowListError } from '../../../src/origin/allow-list.js'
import { createDecideOrigin, createGate, type DecideOrigin } from '../../../src/origin/decide.js'
import { lintEntry, splitEntries } from '../../../src/origin/entry.js'
import { explain, explainDecision, explainInSlices } from '../../../src/origin/explain.js'

const LIST = { entries: ['https://*.fittrip.site', 'http://localhost:3000'], own: ['https://api.fittrip.site'] }

t.test('names the entry that allows an origin', async t => {
  t.strictSame(explain('https://app.fittrip.site', LIST), {
    origin: 'https://app.fittrip.site',
    allowed: true,
    reason: 'listed',
    entry: 'https://*.fittrip.site',
    message: 'It is allowed by `https://*.fittrip.site`.',
    misses: []
  })
})

t.test('tells the gateway\'s own origin from a listed one', async t => {
  const { allowed, reason, entry, message, spring } = explain('https://API.fittrip.site:443', LIST)
  t.strictSame({ allowed, reason, entry, spring }, { allowed: true, reason: 'own', entry: 'https://api.fittrip.site', spring: undefined })
  t.equal(message, "It is allowed: `https://api.fittrip.site` is one of the gateway's own origins (PUBLIC_ORIGINS). " +
    'It counts as "https://api.fittrip.site", which is what browsers send.')
})

t.test('names the nearest entries of an origin that no entry covers', async t => {
  t.strictSame(explain('https://fittrip.site', LIST), {
    origin: 'https://fittrip.site',
    allowed: false,
    reason: 'not-listed',
    message: 'It is refused: it is not on the allow-list; none of its 2 entries covers it.',
    misses: [{ entry: 'https://*.fittrip.site', reason: 'it does not cover the apex' }]
  })
})

const messages = [
  ['https://a.test', [], 'not-listed', 'It is refused: the allow-list is empty, so nothing cross-origin passes.'],
  ['HTTPS://A.test:443', ['https://b.test'], 'not-listed',
    'It is refused: it is not on the allow-list (it counts as "https://a.test"); its one entry does not cover it.'],
  ['HTTPS://A.test:443', ['https://a.test'], 'listed',
    'It is allowed by `https://a.test`. It counts as "https://a.test", which is what browsers send.'],
  ['null', ['*'], 'null', 'It is refused: "null" is what sandboxed frames, local files, data: pages and cross-origin redirects ' +
    'send, and only the entry `null` covers it. Serve the page over https, and list that origin.'],
  ['null', ['null'], 'listed', 'It is allowed by `null`.'],
  ['', ['*'], 'empty', 'The Origin header is empty: send the origin of the page, or leave the header out.']
] as const
t.test('says in whole sentences what the gate says', async t => {
  for (const [origin, entries, reason, message] of messages) {
    t.match(explain(origin, { entries }), { reason, message }, message)
  }
})

/** What people paste, what is wrong with it, and what a browser would send. */
const mends = [
  ['https://a.test/', 'a trailing slash is not part of an origin', 'https://a.test'],
  ['https://a.test/chat?x#y', 'a path, query or fragment is not part of an origin', 'https://a.test'],
  ['https://a.test?x', 'a path, query or fragment is not part of an origin', 'https://a.test'],
  ['https://a.test\\x', 'a backslash is not part of an origin', 'https://a.test'],
  ['a.test', 'the scheme is missing: "https://" is most likely meant', 'https://a.test'],
  ['//a.test', 'the scheme is missing: "https://" is most likely meant', 'https://a.test'],
  ['localhost:3000', 'the scheme is missing: "http://" is most likely meant', 'http://localhost:3000'],
  ['[::1]:3000', 'the scheme is missing: "http://" is most likely meant', 'http://[::1]:3000'],
  ['wss://a.test', 'a page has an http or https origin, also when it opens a WebSocket: "https:" instead of "wss:"', 'https://a.test'],
  ['WS://a.test:81', 'a page has an http or https origin, also when it opens a WebSocket: "http:" instead of "ws:"', 'http://a.test:81'],
  ['https://user:secret@a.test', 'an origin has no user name or password', 'https://a.test'],
  ['https:/a.test', 'exactly "//" follows "https:"', 'https://a.test'],
  ['https://bücher.test', 'browsers send this host as "xn--bcher-kva.test"', 'https://xn--bcher-kva.test'],
  ['https://%61.test', 'browsers send this host as "a.test"', 'https://a.test'],
  ['https://a.test:', 'the port is empty', 'https://a.test'],
  ['https://a.test:0443', 'a port has no leading zeros', 'https://a.test'],
  [' https://a.test', 'there is white space around it', 'https://a.test'],
  ['https://a.test\n', 'it holds control characters', 'https://a.test'],
  ['Origin: https://a.test', '"Origin:" is the name of the header, not part of its value', 'https://a.test'],
  ['"https://a.test"', 'there are quotes around it', 'https://a.test'],
  ['NULL', '"null" is written in lower case', 'null'],
  ["'ws://A.test/x'", 'there are quotes around it; a page has an http or https origin, also when it opens a WebSocket: ' +
    '"http:" instead of "ws:"; a path, query or fragment is not part of an origin', 'http://a.test']
] as const
t.test('says what is wrong with a text that is no origin, and what is meant', async t => {
  for (const [text, faults, meant] of mends) {
    const { reason, message, meant: mended } = explain(text, { entries: ['https://other.invalid'] })
    t.equal(reason, /^wss?:/i.test(text) ? 'not-listed' : 'malformed')
    t.strictSame({ message, mended }, {
      message: `It is refused, because no page has such an origin: ${faults}. A browser sends "${meant}". That is refused, too.`,
      mended: { origin: meant, allowed: false }
    })
  }
})

const hopeless = [
  ['https://a.test, https://b.test', 'it is not one origin: a space, comma or semicolon separates several'],
  ['https://*.a.test', 'it is an allow-list entry: ask about one origin, such as "https://app.example.com"'],
  ['file:///etc/passwd', '"file:" pages have no origin of their own: browsers send "null" or that of the page that made them'],
  ['https://', 'it has no host'],
  ['https://a..test', '"a..test" is no host with a port from 1 to 65535'],
  ['https://a.test:65536', '"a.test:65536" is no host with a port from 1 to 65535'],
  ['https://<é.test', '"<é.test" is no host with a port from 1 to 65535'],
  ['x'.repeat(2_049), 'it is longer than 2048 characters']
] as const
t.test('guesses nothing where nobody can tell what is meant', async t => {
  for (const [text, fault] of hopeless) {
    const { message, meant, misses } = explain(text, { entries: ['https://a.test'] })
    t.strictSame({ message, meant, misses }, {
      message: `It is refused, because no page has such an origin: ${fault}.`,
      meant: undefined,
      misses: []
    })
  }
})

t.test('says by which entry the mended origin would be allowed', async t => {
  const { allowed, message, meant, misses } = explain('http://localhost:3000/', LIST)
  t.notOk(allowed)
  t.match(message, /A browser sends "http:\/\/localhost:3000". That is allowed by `http:\/\/localhost:3000`.$/)
  t.strictSame(meant, { origin: 'http://localhost:3000', allowed: true, entry: 'http://localhost:3000' })
  t.strictSame(misses, [])
})

t.test('names the entries that come near the mended origin', async t => {
  t.strictSame(explain('localhost:5173/', LIST).misses, [{ entry: 'http://localhost:3000', reason: 'port 5173 is not 3000' }])
  t.strictSame(explain('NULL', { entries: ['*'] }).misses.map(({ entry }) => entry), ['*'])
})

t.test('lets nobody in by a refused entry, and tells of it', async t => {
  const { allowed, misses } = explain('https://a.test', { entries: ['a.test', 'https://b.invalid'] })
  t.notOk(allowed)
  t.strictSame(misses, [{ entry: 'a.test', reason: 'the entry is refused: it has no scheme: write "https://a.test"' }])
})

const springs = [
  ['https://.example.com', 'https://*.example.com', true, 'there "*" and ":[*]" take any text that fits, also one that is no origin'],
  ['https://evil.test?.example.com', 'https://*.example.com', true, 'there "*" and ":[*]" take any text that fits, also one that is no origin'],
  ['https://app.example.com/', 'https://app.example.com', true, 'there a slash at the end of the header is dropped'],
  ['https://app-a.b.example.com', 'https://app-*.example.com', true, 'there "*" stands for any characters, dots and colons included, or for none'],
  ['null', '*', true, 'there "*" covers "null", too'],
  ['https://x.a.com', 'https://*.com', true, 'which is refused here as an entry'],
  ['https://app.example.com', 'https://App.example.com', false, 'there upper and lower case of `https://App.example.com` count'],
  ['https://APP.example.com', 'https://app.example.com', false, 'there upper and lower case of `https://app.example.com` count'],
  ['https://app.example.com', 'https://app.example.com:443', false, 'there a default port (80 of http, 443 of https) is compared as it is written'],
  ['https://app.example.com:443', 'https://app.example.com', false, 'there a default port (80 of http, 443 of https) is compared as it is written'],
  ['http://localhost', 'http://localhost:[80,81]', false, 'there a default port (80 of http, 443 of https) is compared as it is written'],
  ['http://localhost', 'http://localhost:*', false, 'there the "*" after the colon of `http://localhost:*` needs the colon'],
  ['https://xn--bcher-kva.example', 'https://bücher.example', false, 'there the text of `https://bücher.example` is compared as it is written'],
  ['http://[::1]', 'http://[0:0:0:0:0:0:0:1]', false, 'there the text of `http://[0:0:0:0:0:0:0:1]` is compared as it is written'],
  ['https://app.example.com', 'https://*.example.com', undefined, ''],
  ['https://app.example.com', 'https://app.example.com/', undefined, ''],
  ['https://app.example.com', 'https://other.example', undefined, ''],
  ['', '*', undefined, '']
] as const
t.test('says where Spring would say otherwise, and why', async t => {
  for (const [origin, entry, allowed, words] of springs) {
    const { spring, allowed: isAllowed } = explain(origin, { entries: [entry] })
    t.equal(spring?.allowed, allowed, `${entry} and ${origin}`)
    t.equal(spring?.entry, allowed === true ? entry : undefined)
    t.ok(spring === undefined || spring.difference.includes(words), `${entry}: ${words}`)
    t.ok(spring === undefined || spring.allowed !== isAllowed)
  }
})

t.test('agrees with the gate on every known origin', async t => {
  const text = readFileSync('test/unit/origin/vectors/origins.json', 'utf8')
  const rows: Array<{ list: string[], origin: string }> = JSON.parse(text)
  t.ok(rows.length > 50)
  for (const { list, origin } of rows) {
    const allowed = list.flatMap(splitEntries)
    const usable = allowed.filter(entry => lintEntry(entry).verdict !== 'reject')
    const { decideOrigin } = createDecideOrigin({ allowed: usable, own: [], missingOnUpgrade: 'deny' })
    const decision = decideOrigin({ origins: [origin], fetchSites: [], door: 'http', sockjs: false })
    const explained = explain(origin, { entries: allowed })
    t.equal(explained.allowed, decision.allowed, JSON.stringify(origin))
    t.equal(explained.reason, decision.reason)
    t.strictSame(JSON.parse(JSON.stringify(explained)), explained, 'it survives JSON')
  }
})

t.test('refuses a list of own origins that holds a wildcard', async t => {
  t.throws(() => explain('https://a.test', { entries: [], own: ['https://*.a.test'] }), AllowListError)
})

t.test('explains by a rule of a policy without asking what Spring would say to it', async t => {
  const own = { match: () => undefined, size: 0, entries: () => [] }
  const explained = explainDecision('https://a.test', {
    decide: createGate({ policy: { match: () => 'tenant-1' }, own, missingOnUpgrade: 'deny' }),
    verdicts: []
  })
  t.match(explained, { allowed: true, entry: 'tenant-1', message: 'It is allowed by `tenant-1`.', spring: undefined })
})

t.test('says that a policy failed', async t => {
  const own = { match: () => undefined, size: 0, entries: () => [] }
  const decide = createGate({ policy: { match: () => { throw new Error('down') } }, own, missingOnUpgrade: 'deny' })
  t.match(explainDecision('https://a.test', { decide, verdicts: [] }), { allowed: false, reason: 'policy-failed', misses: [] })
})

t.test('explains beside live traffic in slices, and says the same', async t => {
  const cases = [
    [50_000, 'https://app-x.example.com', 198], // once for Spring, once for the misses
    [5_000, 'https://app-x.example.com/', 18],
    [5_000, 'https://app-4999.example.com', 9]
  ] as const
  for (const [length, origin, least] of cases) {
    const entries = Array.from({ length }, (_, index) => `https://app-${index}.example.com`)
    const verdicts = entries.map(lintEntry)
    const { decideOrigin: decide } = createDecideOrigin({ allowed: entries, own: [], missingOnUpgrade: 'deny' })
    let pauses = 0
    const pause = async () => { pauses++ }
    const explained = await explainInSlices(origin, { decide, verdicts, pause })
    t.strictSame(explained, explainDecision(origin, { decide, verdicts }))
    t.ok(pauses >= least, `${pauses} pauses for ${origin}`)
  }
})

t.test('asks the gate before the first pause, so that one list answers', async t => {
  const verdicts = Array.from({ length: 1_000 }, (_, index) => lintEntry(`https://${index}.example.com`))
  let allowed = ['https://app.example.com']
  const decide: DecideOrigin = question =>
    createDecideOrigin({ allowed, own: [], missingOnUpgrade: 'deny' }).decideOrigin(question)
  const pause = async () => { allowed = [] }
  const explained = await explainInSlices('https://app.example.com/', { decide, verdicts, pause })
  t.match(explained, { allowed: false, meant: { allowed: true, entry: 'https://app.example.com' } })
  t.same(allowed, [], 'it has changed meanwhile')
})
