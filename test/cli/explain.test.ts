import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildAdmin } from '../../src/admin.js'
import { askGateway } from '../../src/cli/ask-gateway.js'
import { build } from '../helper/build.js'
import { runCli } from '../helper/cli.js'

const LIST = 'https://*.fittrip.site,http://localhost:3000'

t.test('says which entry of a list lets an origin in, and exits 0', async t => {
  t.strictSame(await runCli(['explain', 'https://app.fittrip.site', '--list', LIST]), {
    code: 0, stdout: '✓ https://app.fittrip.site\n  It is allowed by `https://*.fittrip.site`.\n', stderr: ''
  })
})

t.test('says what the nearest entries lack and where Spring differs, and exits 1', async t => {
  const { code, stdout } = await runCli(['explain', 'https://app-.fittrip.site', '--list', 'https://app-*.fittrip.site'])
  t.equal(code, 1)
  t.equal(stdout, '✗ https://app-.fittrip.site\n' +
    '  It is refused: it is not on the allow-list; its one entry does not cover it.\n\n' +
    '  Nearest entries:\n    https://app-*.fittrip.site: "*" stands for at least one character\n\n' +
    '  Spring differs: Spring lets it in by `https://app-*.fittrip.site`: there "*" stands for any characters, dots and ' +
    'colons included, or for none.\n')
})

t.test('prints JSON in ASCII for scripts', async t => {
  const { code, stdout } = await runCli(['explain', 'https://bücher.example/', '--list', 'https://bücher.example', '--json'])
  t.equal(code, 1)
  t.match(stdout, /^[\n -~]*$/)
  t.match(JSON.parse(stdout), { origin: 'https://bücher.example/', meant: { origin: 'https://xn--bcher-kva.example', allowed: true } })
})

t.test('colours text for a terminal, unless NO_COLOR is set', async t => {
  const ask = ['explain', 'https://a.example', '--list', LIST]
  t.ok((await runCli(ask, { isTTY: true })).stdout.startsWith('\u001b[31m✗\u001b[39m \u001b[1mhttps://a.example'))
  t.ok((await runCli(ask, { isTTY: true, env: { NO_COLOR: '1' } })).stdout.startsWith('✗ https://a.example'))
  t.ok((await runCli(ask)).stdout.startsWith('✗ https://a.example'))
})

t.test('hands no control character of the origin to the terminal', async t => {
  const { stdout, stderr } = await runCli(['explain', 'https://a.example\u001b[2J\u009b\u202e', '--list', LIST])
  t.notMatch(stdout + stderr, /[^\P{Cc}\n]|\p{Cf}/u)
})

t.test('explains against the settings, whatever is wrong with those that have nothing to do with it', async t => {
  const cwd = t.testdir({ '.env': 'ALLOWED_ORIGINS=https://a.example\nPUBLIC_ORIGINS=https://own.example\nPORT=x\nNODE_ENV=production' })
  t.match(await runCli(['explain', 'https://a.example'], { cwd }), { code: 0 })
  t.match(await runCli(['explain', 'https://own.example'], { cwd }), { code: 0, stdout: /one of the gateway's own origins/ })
  t.match(await runCli(['explain', 'https://b.example'], { cwd, env: { ALLOWED_ORIGINS: 'https://b.example' } }), { code: 0 })
  t.match(await runCli(['explain', 'https://b.example'], { cwd }), { code: 1 })
})

t.test('says what is wrong with the settings, and exits 2', async t => {
  t.match(await runCli(['explain', 'https://a.example'], { env: { ALLOWED_ORIGINS: 'a.example' } }), {
    code: 2, stdout: '', stderr: /ALLOWED_ORIGINS: 'a\.example': it has no scheme/
  })
})

t.test('reads every source of ORIGIN_POLICY once, and says which of them cannot be used', async t => {
  const cwd = t.testdir({
    'good.txt': '# partners\nhttps://a.example\n',
    'bad.txt': 'https://b.example\nb.example\n',
    'policy.js': 'export default ({ log }) => (log.info("made"), { match: origin => origin.host === "c.example" ? "tenant c" : undefined })',
    'package.json': '{"type":"module"}'
  })
  const use = (...sources: string[]) => ({ env: { ORIGIN_POLICY: sources.join() } })
  const [good, bad, missing, policy] = [`file:${cwd}/good.txt`, `file:${cwd}/bad.txt`, `file:${cwd}/none.txt`, `module:${cwd}/policy.js`]
  t.match(await runCli(['explain', 'https://a.example'], use(good)), { code: 0, stderr: '' })
  t.match(await runCli(['explain', 'https://z.example'], use(good)), { code: 1, stderr: '' })
  t.match(await runCli(['explain', 'https://c.example'], use(good, policy)), { code: 0, stdout: /allowed by `tenant c`/ })
  t.match(await runCli(['explain', 'https://z.example', '--host', 'z.example'], use(policy)), { code: 1, stdout: /^✗/ })
  t.match(await runCli(['explain', 'https://z.example'], use(policy)), {
    code: 2, stdout: /^\? .*\n {2}Nobody can tell: module:.*policy\.js was asked without a Host\. Name it with --host\.\n/
  })
  t.match(await runCli(['explain', 'https://a.example'], use(good, missing)), { code: 0, stderr: /none\.txt cannot be used: / })
  t.match(await runCli(['explain', 'https://z.example'], use(good, missing)), {
    code: 2, stdout: /Nobody can tell: a source of the list cannot be used\./
  })
  t.match(await runCli(['explain', 'https://b.example'], use(bad)), { code: 2, stderr: /bad\.txt cannot be used: 1 origin entry is refused:\n/ })
  const { stdout } = await runCli(['explain', 'https://b.example', '--json'], use(missing))
  t.match(JSON.parse(stdout), { allowed: false, unread: [{ source: missing }] })
})

/** A gateway's admin listener on a free port. */
async function listenAdmin (t: Test, settings: Record<string, string>): Promise<string> {
  const { app } = await build(t, settings)
  const admin = await buildAdmin(app)
  t.teardown(async () => { await admin.close() })
  return await admin.listen({ host: '127.0.0.1', port: 0 })
}

t.test('asks a policy by Host as a request to that host would', async t => {
  const cwd = t.testdir({
    'policy.js': 'export default () => ({ match: (_origin, { host }) => host === "a.test" ? "tenant a" : undefined })',
    'package.json': '{"type":"module"}'
  })
  const world = { env: { ORIGIN_POLICY: `module:${cwd}/policy.js` } }
  t.match(await runCli(['explain', 'https://x.example', '--host', 'a.test'], world), { code: 0, stdout: /tenant a/ })
  t.match(await runCli(['explain', 'https://x.example', '--host', 'b.test'], world), { code: 1 })
})

t.test('tells every bad entry of a list, with which nobody can tell', async t => {
  const list = 'https://a.example;https://b.example,file:./o.txt,https://c.example'
  const { code, stdout, stderr } = await runCli(['explain', 'https://a.example', '--list', list])
  t.equal(code, 2)
  t.match(stdout, /Nobody can tell: the list has bad entries/)
  t.match(stderr, /a\.example;https:\/\/b\.example cannot be used: .*commas separate entries/)
  t.match(stderr, /file:\.\/o\.txt cannot be used: .*put it into ORIGIN_POLICY/)
  t.match(await runCli(['explain', 'https://c.example', '--list', list]), { code: 0 })
})

t.test('does not deny what the demo lets in', async t => {
  const ask = (origin: string, env: Record<string, string>) => runCli(['explain', origin], { env })
  t.match(await ask('http://localhost:3000', {}), { code: 2, stdout: /Nobody can tell: .*the demo runs/ })
  t.match(await ask('http://localhost:3007', { DEMO_ALLOWED_PAGE_PORT: '3007' }), { code: 2 })
  t.match(await ask('http://localhost:3001', {}), { code: 1 })
  t.match(await ask('http://localhost:3000', { STOMP_UPSTREAMS: 'http://chat:8080' }), { code: 1 })
  t.match(await ask('http://localhost:3000', { NODE_ENV: 'production' }), { code: 1 })
})

t.test('asks the admin listener of a running gateway', async t => {
  const url = await listenAdmin(t, { ALLOWED_ORIGINS: LIST })
  t.match(await runCli(['explain', 'https://app.fittrip.site', '--url', url]), { code: 0, stdout: /It is allowed by `https:\/\/\*\.fittrip\.site`/ })
  t.match(await runCli(['explain', 'http://localhost:5173', '--url', `${url}/`]), { code: 1, stdout: /port 5173 is not 3000/ })
})

t.test('asks a running gateway about a request to a Host', async t => {
  const path = join(t.testdir({
    'policy.mjs': 'export default () => ({ match: (_origin, { host }) => host === "a.test" ? "tenant a" : undefined })'
  }), 'policy.mjs')
  const { app } = await build(t, { ORIGIN_POLICY: `module:${path}` })
  const admin = await buildAdmin(app)
  t.teardown(() => admin.close())
  const url = await admin.listen({ host: '127.0.0.1', port: 0 })
  const ask = (...more: string[]) => runCli(['explain', 'https://x.test', '--url', url, ...more])
  t.match(await ask('--host', 'a.test'), { code: 0, stdout: /tenant a/ })
  t.match(await ask('--host', 'b.test'), { code: 1 })
  t.match(await ask(), { code: 2, stdout: /Nobody can tell: module:.* was asked without a Host/ })
})

t.test('shows ADMIN_TOKEN to the listener, from the environment or .env, and to nobody else', async t => {
  const token = 'a-long-and-random-token'
  const url = await listenAdmin(t, { ALLOWED_ORIGINS: LIST, ADMIN_TOKEN: token })
  const ask = ['explain', 'https://app.fittrip.site', '--url', url]
  t.match(await runCli(ask, { env: { ADMIN_TOKEN: token } }), { code: 0 })
  t.match(await runCli(ask, { cwd: t.testdir({ '.env': `ADMIN_TOKEN=${token}` }) }), { code: 0 })
  const none = await runCli(ask)
  t.match(none, { code: 2, stdout: '', stderr: /refuses to tell \(401\)\. Set ADMIN_TOKEN to its token/ })
  const wrong = await runCli(ask, { env: { ADMIN_TOKEN: 'another-and-wrong-token' } })
  t.match(wrong, { code: 2, stderr: /Its token is another one than ADMIN_TOKEN here/ })
  t.notMatch(wrong.stderr, /another-and-wrong-token/)
})

async function serve (t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  t.teardown(() => { server.closeAllConnections(); server.close() })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const answers = [
  ['is no admin listener of Gatehouse (404)', 404, 'x'],
  ['refuses to tell (403)', 403, 'x'],
  ['answers with status 500', 500, 'x'],
  ['answers with status 302', 302, 'x'],
  ['answers with something else than an explanation', 200, 'no JSON'],
  ['answers with something else than an explanation', 200, 'null'],
  ['answers with something else than an explanation', 200, '{"allowed":true}'],
  ['answers with something else than an explanation', 200, '{"allowed":true,"message":"x","misses":[null]}'],
  ['answers with something else than an explanation', 200, '{"allowed":true,"message":"x","misses":[],"spring":null}'],
  ['answers with something else than an explanation', 200, '{"allowed":true,"message":"x","misses":[],"unread":1}'],
  ['cannot be asked: its answer is longer than 1 MiB', 200, ' '.repeat(1_048_577)]
] as const
t.test('says what is wrong with whoever answers instead', async t => {
  let answer: readonly [string, number, string] = answers[0]
  const url = await serve(t, (_, response) => { response.writeHead(answer[1], { location: 'http://127.0.0.1:1/' }).end(answer[2]) })
  for (answer of answers) {
    const { code, stdout, stderr } = await runCli(['explain', 'https://a.example', '--url', url])
    t.strictSame([code, stdout], [2, ''])
    t.ok(stderr.includes(answer[0]), answer[0])
  }
})

t.test('hands no control character of an answer to the terminal', async t => {
  const evil = '\u001b[2J\u009b\u202e'
  const explained = {
    origin: evil,
    allowed: false,
    reason: evil,
    message: evil,
    misses: [{ entry: evil, reason: evil }],
    spring: { allowed: true, difference: evil }
  }
  const url = await serve(t, (_, response) => { response.end(JSON.stringify(explained)) })
  for (const more of [[], ['--json']]) {
    const { code, stdout } = await runCli(['explain', 'https://a.example', '--url', url, ...more])
    t.equal(code, 1)
    t.notMatch(stdout, /[^\P{Cc}\n]|\p{Cf}/u)
  }
})

t.test('says that nothing listens there', async t => {
  const { code, stderr } = await runCli(['explain', 'https://a.example', '--url', 'http://127.0.0.1:1'])
  t.equal(code, 2)
  t.match(stderr, /^error: http:\/\/127\.0\.0\.1:1 cannot be asked: nothing listens there \(ECONNREFUSED\)\. Is the gateway running\?\n$/)
})

t.test('gives up on a listener that does not answer in time, or not to the end', async t => {
  const listener = { token: undefined, timeoutMs: 200 }
  const silent = await serve(t, () => {})
  await t.rejects(askGateway('https://a.example', { ...listener, url: silent }), { message: /cannot be asked: no answer within 200 ms$/ })
  const slow = await serve(t, (_, response) => { response.write('{') })
  await t.rejects(askGateway('https://a.example', { ...listener, url: slow }), { message: /cannot be asked: no answer within 200 ms$/ })
})

const usages = [
  ['ftp://a.example', /'ftp:\/\/a\.example' is no http:\/\/ or https:\/\/ URL/],
  ['127.0.0.1:9000', /is no http:\/\/ or https:\/\/ URL/],
  ['ftp://user:secret@127.0.0.1:1', /^error: The URL holds a user name or password/],
  ['http://user:secret@127.0.0.1:1', /^error: The URL holds a user name or password\. Give the token as ADMIN_TOKEN instead\n$/]
] as const
t.test('refuses a URL that is none of an admin listener', async t => {
  for (const [url, stderr] of usages) t.match(await runCli(['explain', 'https://a.example', '--url', url]), { code: 2, stdout: '', stderr })
  t.match(await runCli(['explain', 'https://a.example', '--url', 'http://127.0.0.1:1', '--list', LIST]), { code: 2, stderr: /exclude each other/ })
})
