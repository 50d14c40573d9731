import t from 'tap'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fakeInstance } from '../helper/fake-instance.js'
import { COVERED, listenerUrl, startProcess } from '../helper/gateway-process.js'

t.setTimeout(90_000) // each test starts a process, perhaps on a busy machine

const FREE_PORTS = { PORT: '0', ADMIN_PORT: '0', DEMO_ALLOWED_PAGE_PORT: '0', DEMO_BLOCKED_PAGE_PORT: '0' }

t.test('without settings the demo starts and prints where to look, in a few lines', async t => {
  const gateway = startProcess(t, { ...COVERED, ...FREE_PORTS })
  const stdout = await gateway.until(text => text.includes('Ctrl+C'))
  const shown = stdout.split('\n').filter(line => line !== '' && !line.startsWith('{'))
  t.ok(shown.length >= 4 && shown.length <= 8, 'a few lines')
  const [url = '', allowed = '', blocked = ''] = shown.flatMap(line => /http:\/\/\S+/.exec(line)?.[0] ?? [])
  t.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
  t.equal(url, await listenerUrl(gateway, 'public'))

  for (const page of [allowed, blocked]) {
    t.match(await (await fetch(page)).text(), '<html', `${page} serves the page`)
  }
  const info = `${url}/stomp/ws-stomp/info`
  const listed = await fetch(info, { headers: { origin: allowed } })
  t.equal(listed.status, 200, 'the first page is on the list')
  t.equal(listed.headers.get('access-control-allow-origin'), allowed)
  const unlisted = await fetch(info, { headers: { origin: blocked } })
  t.equal(unlisted.status, 403, 'the second page is not')
  t.equal(unlisted.headers.get('access-control-allow-origin'), null)
  t.equal(gateway.stderr(), '')

  gateway.child.kill('SIGTERM')
  t.equal(await gateway.ended, 0, 'nothing of the demo keeps the process')
})

t.test('the demo keeps the origins that are set, besides its own page', async t => {
  const gateway = startProcess(t, { ...FREE_PORTS, ALLOWED_ORIGINS: 'https://mine.test' })
  const stdout = await gateway.until(text => text.includes('Ctrl+C'))
  const [url = '', page = ''] = stdout.split('\n').filter(line => !line.startsWith('{'))
    .flatMap(line => /http:\/\/\S+/.exec(line)?.[0] ?? [])
  for (const origin of [page, 'https://mine.test']) {
    t.equal((await fetch(`${url}/healthz`, { headers: { origin } })).status, 200, origin)
  }
})

t.test('.env in the working directory is read, and the environment wins over it', async t => {
  const instance = await fakeInstance(t)
  const gateway = startProcess(t, { PORT: '0', ADMIN_PORT: '0', STOMP_PREFIX: '/chat' },
    `STOMP_UPSTREAMS=${instance.url}\nSTOMP_PREFIX=/wrong\nALLOWED_ORIGIN=https://a.test\nHEALTH_CHECK=off\n`)
  const url = await listenerUrl(gateway, 'public')
  t.equal((await fetch(`${url}/chat/ws/info`)).status, 200)
  t.equal((await fetch(`${url}/wrong/ws/info`)).status, 404)
  t.notMatch(gateway.stdout(), 'Gatehouse demo', 'the file names instances, so there is no demo')
  await gateway.until(stdout => stdout.includes('setting is doubtful'))
  const doubts = gateway.logs().filter(line => line.msg === 'setting is doubtful')
  t.match(doubts.map(line => line.warning), [/ALLOWED_ORIGINS\?/, /ALLOWED_ORIGINS: it is empty/],
    'a slip in the file and a list without entries are told once each')
})

t.test('HOST=localhost listens on one address, so that every limit holds for every client', async t => {
  const gateway = startProcess(t, { PORT: '0', ADMIN_PORT: '0', HOST: 'localhost', STOMP_UPSTREAMS: 'http://127.0.0.1:9' })
  const { port, hostname } = new URL(await listenerUrl(gateway, 'public'))
  const other = hostname === '[::1]' ? '127.0.0.1' : '::1'
  const [error] = await once(connect({ host: other, port: Number(port) }), 'error')
  t.equal(error.code, 'ECONNREFUSED')
})
