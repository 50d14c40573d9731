import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { buildApp } from '../../src/app.js'
import { loadConfig } from '../../src/config/load.js'
import { fakeInstance } from '../helper/fake-instance.js'
import { listen } from '../helper/build.js'
import { rawSocket, requestHead, upgradeHead } from '../helper/raw-socket.js'
import { readAnswers } from '../helper/gateway-pair.js'

const LISTED = 'https://app.example.com'

/** A gateway whose policy is this module. */
async function withModule (t: Test, source: string, settings: Record<string, string> = {}) {
  const instance = await fakeInstance(t)
  const path = join(t.testdir({ 'policy.mjs': source }), 'policy.mjs')
  const gateway = await listen(t, {
    STOMP_UPSTREAMS: instance.url, ORIGIN_POLICY: `env,module:${path}`, ALLOWED_ORIGINS: LISTED, ...settings
  })
  return { ...gateway, instance }
}

const doors = [
  ['http', (origin: string) => requestHead('GET /stomp/ws/info', [`Origin: ${origin}`])],
  ['preflight', (origin: string) => requestHead('OPTIONS /stomp/ws/info',
    [`Origin: ${origin}`, 'Access-Control-Request-Method: GET'])],
  ['upgrade', (origin: string) => upgradeHead('/stomp/ws/websocket', [`Origin: ${origin}`])]
] as const

t.test('a policy that throws refuses at every door, and the log has the cause under the code of a 500', async t => {
  const { port, logs, instance } = await withModule(t,
    'export default () => ({ match () { throw new Error("no database") } })')
  for (const [door, head] of doors) {
    const client = await rawSocket(t, port, head('https://other.example.com'))
    await client.until(bytes => readAnswers(bytes).length > 0)
    const [answer] = readAnswers(client.received())
    t.equal(answer?.status, 403, door)
    t.match(JSON.parse(answer?.body ?? ''), { code: 'ERR_ORIGIN_NOT_ALLOWED', message: /policy failed/ })
    t.notMatch(client.received(), /no database|access-control-allow/i)
    t.match(logs.at(-1), {
      level: 50,
      msg: 'origin policy failed',
      code: 'ERR_INTERNAL',
      door,
      reason: 'policy-failed',
      err: { message: 'no database', stack: /policy\.mjs/ }
    })
  }
  t.equal(instance.sockets.length, 0)
  const listed = await rawSocket(t, port, doors[0][1](LISTED))
  await listed.until(bytes => bytes.startsWith('HTTP/1.1 200'))
  t.match(readAnswers(listed.received())[0], { status: 200 }, 'the list that stands beside it goes on')
})

t.test('what a policy allows is let in under its own name, and echoed', async t => {
  const { url } = await withModule(t,
    'export default ({ log }) => { log.info("ready", 1); return { match: ({ host }) => host === "mine.test" ? "rule 7" : undefined } }')
  const answer = await fetch(`${url}/stomp/ws/info`, { headers: { origin: 'https://mine.test' } })
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('access-control-allow-origin'), 'https://mine.test')
  t.equal((await fetch(`${url}/stomp/ws/info`, { headers: { origin: 'https://other.test' } })).status, 403)
})

t.test('ORIGIN_START=deny serves without a list, refuses, and lets in as soon as there is one', async t => {
  const file = join(t.testdir(), 'origins.txt')
  const { app, url, logs } = await listen(t, { ORIGIN_POLICY: `file:${file}`, ORIGIN_START: 'deny' })
  const ask = async () => (await fetch(`${url}/healthz`, { headers: { origin: LISTED } })).status
  t.equal(await ask(), 403)
  const refusal = await fetch(`${url}/healthz`, { headers: { origin: LISTED } })
  t.match(await refusal.json(), { message: /add it to the list that ORIGIN_POLICY names/ })
  t.equal((await fetch(`${url}/healthz`)).status, 200, 'who has no Origin is served')
  t.match(await (await fetch(`${url}/readyz`)).json(), { status: 'ready', origins: { entries: 0, stale: 0, missing: 1 } })
  t.match(logs.filter(({ level }) => level === 50), [
    { msg: 'origin source failed', source: `file:${file}`, cause: /does not exist/ },
    { msg: 'origin source has no list yet, all it may allow is refused' }
  ])
  const changed = new Promise<void>(resolve => { app.originPolicy.onChange(resolve) })
  writeFileSync(file, LISTED)
  await changed
  t.equal(await ask(), 200)
  t.match(await (await fetch(`${url}/readyz`)).json(), { origins: { entries: 1, stale: 0, missing: 0 } })
})

t.test('readiness tells of a source that keeps an old list', async t => {
  const directory = t.testdir({ 'origins.txt': LISTED })
  const { app, url } = await listen(t, { ORIGIN_POLICY: `file:${directory}/origins.txt` })
  writeFileSync(join(directory, 'origins.txt'), 'https://*.com')
  await app.originPolicy.reload()
  const { status, origins } = await (await fetch(`${url}/readyz`)).json() as Record<string, { stale: number, staleMs: number }>
  t.equal(status, 'ready')
  t.match(origins, { entries: 1, stale: 1, missing: 0 })
  t.ok(Number(origins?.staleMs) > 0)
})

t.test('ORIGIN_START=fail: an app without a good list is not built, and leaves nothing running', async t => {
  const config = loadConfig({
    STOMP_UPSTREAMS: 'http://127.0.0.1:9',
    ORIGIN_POLICY: 'env,file:./none.txt',
    ORIGIN_POLICY_CANDIDATE: LISTED,
    LOG_LEVEL: 'silent'
  }, { dotenvPath: false })
  await t.rejects(buildApp(config), { name: 'OriginStartError', message: /none\.txt/ })
})

t.test('an iframe page may be framed by the pages that are on the list now', async t => {
  const file = join(t.testdir({ 'origins.txt': LISTED }), 'origins.txt')
  const instance = await fakeInstance(t)
  const { app, url } = await listen(t, {
    STOMP_UPSTREAMS: instance.url, ORIGIN_POLICY: `file:${file}`, SOCKJS_TRANSPORTS: 'websocket,iframe,eventsource'
  })
  const framedBy = async () => (await fetch(`${url}/stomp/ws/iframe.html`)).headers.get('content-security-policy')
  t.match(await framedBy(), LISTED)
  writeFileSync(file, 'https://new.example.com')
  await app.originPolicy.reload()
  t.equal(await framedBy(), "frame-ancestors 'self' https://new.example.com")
})
