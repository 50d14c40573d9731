import t, { type Test } from 'tap'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildAdmin } from '../../src/admin.js'
import { build } from '../helper/build.js'

const NOW_MS = 1_600_000_000_000

/** A gateway whose list is a file that the test rewrites, and its admin listener. */
async function withFile (t: Test, text: string, settings: Record<string, string> = {}) {
  const file = join(t.testdir({ 'origins.txt': text }), 'origins.txt')
  const gateway = await build(t, {
    ORIGIN_POLICY: `env,file:${file}`,
    ALLOWED_ORIGINS: 'https://app.example.com',
    PUBLIC_ORIGINS: 'https://gate.example.com',
    ...settings
  })
  const admin = await buildAdmin(gateway.app)
  t.teardown(() => admin.close())
  const get = async (url: string) => (await admin.inject({ url, headers: { host: 'localhost' } })).json()
  const reload = async () => (await admin.inject({ method: 'POST', url: '/origins/reload', headers: { host: 'localhost' } })).json()
  const ask = async (origin: string) => (await gateway.app.inject({ url: '/healthz', headers: { origin } })).statusCode
  return { ...gateway, admin, get, reload, ask, file, write: (text: string) => writeFileSync(file, text) }
}

t.test('GET /origins tells every entry with its sources, and each source with its age and last error', async t => {
  const { get, file, reload, write } = await withFile(t,
    'https://app.example.com\nhttp://old.example.com\nhttps://app.example.com\n')
  const page = await get('/origins')
  t.match(page, {
    generation: 1,
    total: 2,
    entries: [
      { entry: 'https://app.example.com', sources: ['env', `file:${file}`], doubts: [] },
      { entry: 'http://old.example.com', sources: [`file:${file}`], doubts: [/https/] }
    ],
    publicOrigins: ['https://gate.example.com'],
    sources: [
      { name: 'env', candidate: false, holds: 'list', entries: 1, failures: 0, refusals: 0 },
      { name: `file:${file}`, holds: 'list', entries: 3 }
    ],
    decisions: { allowed: 0, refused: {}, revoked: 0 }
  })
  for (const source of page.sources) {
    t.ok(source.readAt > NOW_MS && source.changedAt > NOW_MS && source.ageMs >= 0, 'times are ms since the epoch')
    t.notOk('error' in source)
  }
  t.equal((await get('/origins?limit=1')).entries.length, 1)
  t.same((await get('/origins?offset=1')).entries.map(({ entry }: { entry: string }) => entry), ['http://old.example.com'])
  t.same((await get('/origins?offset=2')).entries, [])
  for (const query of ['limit=0', 'limit=10001', 'offset=-1']) {
    t.match(await get(`/origins?${query}`), { statusCode: 400, code: 'ERR_REQUEST_MALFORMED' })
  }

  write('https://*.com\n')
  t.equal((await reload()).ok, false)
  t.match((await get('/origins')).sources[1], {
    holds: 'list', entries: 3, refusals: 1, error: { message: /"https:\/\/\*\.com": anyone can register/ }
  })
})

t.test('POST /origins/reload enforces what the sources say now, before it answers', async t => {
  const { reload, write, ask, logs } = await withFile(t, 'https://old.example.com')
  t.same([await ask('https://old.example.com'), await ask('https://new.example.com')], [200, 403])
  write('https://new.example.com')
  t.match(await reload(), { ok: true, generation: 2, total: 2, sources: [{ name: 'env' }, { entries: 1 }] })
  t.same([await ask('https://old.example.com'), await ask('https://new.example.com')], [403, 200])
  t.match(logs.filter(({ msg }) => /^origin list/.test(String(msg))), [
    { msg: 'origin list loaded', added: 2 },
    { msg: 'origin list changed', added: 1, removed: 1, entries: 2, examples: { removed: ['https://old.example.com'] } }
  ])
})

t.test('a bad change is one error line with every fault, and the list stays', async t => {
  const { reload, write, ask, logs, file } = await withFile(t, 'https://old.example.com')
  write('https://new.example.com\nhttps://*.com\nexample.com\n')
  await reload()
  await reload()
  t.same([await ask('https://old.example.com'), await ask('https://new.example.com')], [200, 403])
  const lines = logs.filter(({ msg }) => msg === 'origin change refused')
  t.match(lines, [{ level: 50, source: `file:${file}`, bad: 2, cause: /"https:\/\/\*\.com"[^]*"example\.com"/ }])
  t.equal(lines.length, 1)
  write('https://new.example.com\nhttp://doubtful.example.com')
  await reload()
  t.match(logs.slice(-5).map(({ msg }) => msg).filter(msg => /^origin (source|list|entry)/.test(String(msg))),
    ['origin source recovered', 'origin list changed', 'origin entry is doubtful'])
  write('https://newer.example.com\nhttp://doubtful.example.com')
  await reload()
  t.equal(logs.at(-1)?.msg, 'origin list changed', 'a doubt is told once')
})

t.test('GET /origins/explain answers by the list that is enforced', async t => {
  const { get, write, reload } = await withFile(t, 'https://*.fittrip.site')
  t.match(await get('/origins/explain?origin=https://fittrip.site'), {
    allowed: false,
    reason: 'not-listed',
    misses: [{ entry: 'https://*.fittrip.site', reason: /apex/ }],
  })
  t.match(await get('/origins/explain?origin=https://gate.example.com'), { allowed: true, reason: 'own' })
  write('https://fittrip.site')
  await reload()
  t.match(await get('/origins/explain?origin=https://fittrip.site'), { allowed: true, entry: 'https://fittrip.site' })
  t.match(await get('/origins/explain?origin=https://fittrip.site/'), { allowed: false, meant: { allowed: true } })
  t.match(await get('/origins/explain'), { statusCode: 400, message: /origin/ })
})

t.test('GET /origins/refused ranks who was refused, with reason and time', async t => {
  const { get, ask } = await withFile(t, '# nobody yet')
  for (const origin of ['https://partner.example.com', 'https://once.test', 'https://partner.example.com', 'null']) {
    t.equal(await ask(origin), 403)
  }
  await ask('https://app.example.com')
  const refused = await get('/origins/refused')
  t.match(refused, [
    { origin: 'https://partner.example.com', reason: 'not-listed', count: 2, overcount: 0 },
    { origin: 'https://once.test', count: 1 },
    { origin: 'null', reason: 'null', count: 1 }
  ])
  t.ok(refused.every(({ lastSeenAt }: { lastSeenAt: number }) => lastSeenAt > NOW_MS))
  t.equal((await get('/origins/refused?limit=1')).length, 1)
  t.match((await get('/origins')).decisions, { allowed: 1, refused: { 'not-listed': 3, null: 1 } })
})

t.test('at most 1,000 refused origins are kept, of 256 characters each', async t => {
  const { get, app } = await withFile(t, '# nobody yet')
  for (let i = 0; i < 1_200; i++) {
    app.originCounts.refusedMost.record(`https://made-up-${i}.test`, 'not-listed', i)
  }
  await app.inject({ url: '/healthz', headers: { origin: `https://${'a.'.repeat(400)}test` } })
  const refused = await get('/origins/refused?limit=1000')
  t.equal(refused.length, 1_000)
  t.ok(refused.some(({ origin }: { origin: string }) => origin.length === 256))
  t.match(await get('/origins/refused?limit=1001'), { statusCode: 400 })
})

t.test('a candidate decides nothing; what it would decide is counted, ranked and told once', async t => {
  const { get, ask, logs } = await withFile(t, '# nobody yet', { ORIGIN_POLICY_CANDIDATE: 'https://*.partner.com' })
  for (let i = 0; i < 3; i++) {
    t.equal(await ask('https://app.example.com'), 200)
    t.equal(await ask('https://eu.partner.com'), 403)
  }
  t.equal(await ask('https://evil.test'), 403)
  t.match(await get('/origins/trial'), {
    configured: true,
    same: 1,
    wouldAllow: 3,
    wouldRefuse: 3,
    differing: [{ origin: 'https://eu.partner.com', reason: 'would-allow', count: 3 }, { origin: 'https://app.example.com' }]
  })
  t.match(logs.filter(({ msg }) => msg === 'candidate would decide differently'), [
    { origin: 'https://app.example.com', would: 'refuse' },
    { origin: 'https://eu.partner.com', would: 'allow', entry: 'https://*.partner.com' }
  ])
  t.match((await get('/origins')).sources.map(({ name, candidate }: { name: string, candidate: boolean }) => [name, candidate]),
    [['env', false], [/^file:/, false], ['candidate', true]])
})

t.test('reload reads the candidate, too', async t => {
  const candidate = join(t.testdir({ 'candidate.txt': '# nobody' }), 'candidate.txt')
  const { app } = await build(t, { ORIGIN_POLICY_CANDIDATE: `file:${candidate}` })
  const listener = await buildAdmin(app)
  t.teardown(() => listener.close())
  writeFileSync(candidate, 'https://app.example.com')
  await listener.inject({ method: 'POST', url: '/origins/reload', headers: { host: 'localhost' } })
  t.same(app.originTrial?.candidate.entries(), ['https://app.example.com'])
})

t.test('GET /origins/explain asks a policy of one\'s own as a request to that host would', async t => {
  const path = join(t.testdir({
    'policy.mjs': 'export default () => ({ match: (_origin, { host }) => host === "a.test" ? "tenant a" : undefined })'
  }), 'policy.mjs')
  const { app } = await build(t, { ORIGIN_POLICY: `module:${path}` })
  const listener = await buildAdmin(app)
  t.teardown(() => listener.close())
  const explain = async (query: string) =>
    (await listener.inject({ url: `/origins/explain?origin=https://x.test${query}`, headers: { host: 'localhost' } })).json()
  t.match(await explain('&host=a.test'), { allowed: true, entry: 'tenant a' })
  t.match(await explain(''), { allowed: false, reason: 'not-listed', unsure: /^module:.* asked without a Host/ })
  const denied = await explain('&host=b.test')
  t.match(denied, { allowed: false })
  t.notOk('unsure' in denied)
})

t.test('a candidate that cannot be read stops nothing and differs from nothing', async t => {
  const { get, ask, logs, reload } = await withFile(t, '# nobody yet', { ORIGIN_POLICY_CANDIDATE: 'file:./does-not-exist.txt' })
  t.equal(await ask('https://app.example.com'), 200)
  t.match(await get('/origins/trial'), { same: 0, wouldAllow: 0, wouldRefuse: 0, failed: 0, differing: [] })
  t.match(logs.find(({ msg }) => msg === 'origin source failed'), { candidate: true, cause: /does not exist/ })
  t.match(await reload(), { ok: false })
})

t.test('GET /openapi.json describes every route but the live feed', async t => {
  const { get } = await withFile(t, '# nobody yet')
  const api = await get('/openapi.json')
  t.match(api, { openapi: '3.1.0', info: { version: /^\d+\.\d+\.\d+$/ }, security: [{ token: [] }] })
  t.same(Object.keys(api.paths).sort(),
    ['/origins', '/origins/explain', '/origins/refused', '/origins/reload', '/origins/trial', '/upstreams'])
  for (const [path, methods] of Object.entries<Record<string, Operation>>(api.paths)) {
    for (const { summary, parameters = [] } of Object.values(methods)) {
      t.type(summary, 'string', path)
      const needed = parameters.filter(({ required }) => required).map(({ name }) => name)
      t.same(needed, path === '/origins/explain' ? ['origin'] : [], `${path} asks for nothing that has a default`)
    }
  }
  t.same(await get('/'), { openapi: '/openapi.json' })
})

interface Operation { summary?: string, parameters?: Array<{ name: string, required?: boolean }> }

t.test('pages of a long list follow one another, and requests go between', async t => {
  const list = Array.from({ length: 20_000 }, (_, index) => `https://app-${index}.example.com`)
  const { get, ask } = await withFile(t, list.join('\n'))
  let turns = 0
  let counts = true
  const count = () => {
    turns++
    if (counts) setImmediate(count)
  }
  count()
  const turnsOf = async (url: string) => {
    const before = turns
    const answer = await get(url)
    return { answer, turns: turns - before }
  }
  const quick = await turnsOf('/origins/refused')
  const first = await turnsOf('/origins?limit=10000')
  const rest = await turnsOf('/origins?limit=10000&offset=10000')
  const asked = await turnsOf('/origins/explain?origin=https://app-x.example.com')
  counts = false
  const pages: Array<{ entry: string }> = [...first.answer.entries, ...rest.answer.entries]
  t.same(pages.map(({ entry }) => entry), ['https://app.example.com', ...list.slice(0, -1)])
  t.ok(first.turns >= quick.turns + 5, `${first.turns} turns of the loop`)
  t.ok(asked.turns >= quick.turns + 60, `${asked.turns} turns of the loop`)
  t.equal(await ask('https://app-19999.example.com'), 200)
})

t.test('without a candidate the trial is empty', async t => {
  const { get } = await withFile(t, '# nobody yet')
  t.same(await get('/origins/trial'), { configured: false, same: 0, wouldAllow: 0, wouldRefuse: 0, failed: 0, differing: [] })
})

t.test('neither a log line nor an answer holds what a terminal would obey, whoever sent it', async t => {
  const path = join(t.testdir({ 'policy.mjs': 'export default () => { throw new Error("down\\u009b2J\\u202e\\nsince noon") }' }), 'policy.mjs')
  const { app, logs } = await build(t, { ORIGIN_POLICY: `module:${path}`, ORIGIN_START: 'deny' })
  const listener = await buildAdmin(app)
  t.teardown(() => listener.close())
  await app.inject({ url: '/healthz', headers: { origin: 'https://a\u009b2J.test' } })
  const read = async (url: string) => (await listener.inject({ url, headers: { host: 'localhost' } })).json()
  t.match((await read('/origins')).sources, [{ error: { message: /down\ufffd2J\ufffd/ } }])
  t.match(await read('/origins/refused'), [{ origin: 'https://a\ufffd2J.test' }])
  t.match(logs.find(({ msg }) => msg === 'origin source failed'), { cause: /down\ufffd2J\ufffd/ })
  t.match(logs.find(({ reason }) => reason === 'malformed'), { origin: 'https://a\ufffd2J.test' })
})

t.test('a candidate that crashes is counted apart, and its error is told once a generation', async t => {
  const path = join(t.testdir({
    'policy.mjs': 'export default ({ changed }) => { globalThis.candidateChanged = changed; return { match: () => { throw new Error("no table") } } }'
  }), 'policy.mjs')
  const { app, logs } = await build(t, { ALLOWED_ORIGINS: 'https://app.example.com', ORIGIN_POLICY_CANDIDATE: `module:${path}` })
  const listener = await buildAdmin(app)
  t.teardown(() => listener.close())
  const ask = async (origin: string) => (await app.inject({ url: '/healthz', headers: { origin } })).statusCode
  const failures = () => logs.filter(({ msg }) => msg === 'candidate policy failed')
  for (let i = 0; i < 2; i++) t.equal(await ask('https://app.example.com'), 200)
  t.equal(await ask('https://evil.test'), 403)
  const trial = await listener.inject({ url: '/origins/trial', headers: { host: 'localhost' } })
  t.same(trial.json(), { configured: true, same: 0, wouldAllow: 0, wouldRefuse: 0, failed: 3, differing: [] })
  t.match(failures(), [{ level: 50, origin: 'https://app.example.com', err: { message: 'no table' } }])
  t.equal(failures().length, 1)
  t.notOk(logs.some(({ msg }) => msg === 'candidate would decide differently'))
  const candidate = app.originTrial!.candidate
  const { generation } = candidate
  ;(globalThis as unknown as { candidateChanged: () => void }).candidateChanged()
  while (candidate.generation === generation) await new Promise(resolve => setImmediate(resolve))
  await ask('https://app.example.com')
  t.equal(failures().length, 2)
})
