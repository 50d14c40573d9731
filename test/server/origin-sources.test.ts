import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { COVERED, listenerUrl, startProcess } from '../helper/gateway-process.js'

t.setTimeout(90_000) // each test starts a process, perhaps on a busy machine

const SETTINGS = { PORT: '0', ADMIN_PORT: '0', STOMP_UPSTREAMS: 'http://127.0.0.1:9', HEALTH_CHECK: 'off' }

t.test('SIGHUP reads the sources again, the candidate\'s too, and ends nothing', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-')) // the process works in the test's own directory
  t.teardown(() => rmSync(directory, { recursive: true }))
  const [file, candidate] = [join(directory, 'origins.txt'), join(directory, 'candidate.txt')]
  for (const path of [file, candidate]) writeFileSync(path, 'https://old.example.com')
  const gateway = startProcess(t, {
    ...SETTINGS, ...COVERED, ORIGIN_POLICY: `file:${file}`, ORIGIN_POLICY_CANDIDATE: `file:${candidate}`
  })
  const url = await listenerUrl(gateway, 'public')
  const ask = async (origin: string) => (await fetch(`${url}/healthz`, { headers: { origin } })).status
  t.same([await ask('https://old.example.com'), await ask('https://new.example.com')], [200, 403])

  writeFileSync(file, 'https://new.example.com')
  writeFileSync(candidate, 'https://*.com')
  gateway.child.kill('SIGHUP')
  await gateway.until(stdout => stdout.includes('origin sources were read again'))
  t.match(gateway.logs().find(({ msg }) => msg === 'origin sources were read again'), {
    level: 40, signal: 'SIGHUP', failed: [{ source: `file:${candidate}`, cause: /https:\/\/\*\.com/ }]
  })
  t.same([await ask('https://old.example.com'), await ask('https://new.example.com')], [403, 200])
  t.match(gateway.logs().find(({ msg }) => msg === 'origin change refused'), { candidate: true, bad: 1 })
  writeFileSync(candidate, 'https://new.example.com')
  gateway.child.kill('SIGHUP')
  await gateway.until(stdout => /"level":30.*origin sources were read again/.test(stdout))
  gateway.child.kill('SIGTERM')
  t.equal(await gateway.ended, 0)
})

t.test('SIGHUP during the start does not end it', async t => {
  const silent = createServer().listen(0, '127.0.0.1')
  t.teardown(() => silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const gateway = startProcess(t, {
    ...SETTINGS, ORIGIN_POLICY: `http://127.0.0.1:${port}/origins.json`, ORIGIN_FETCH_TIMEOUT_MS: '1500', ORIGIN_START: 'deny'
  })
  const [socket] = await once(silent, 'connection') // it is reading the source, and waits
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  gateway.child.kill('SIGHUP')
  const url = await listenerUrl(gateway, 'public')
  t.equal((await fetch(`${url}/healthz`)).status, 200)
})

t.test('without a good list ORIGIN_START=fail ends the start with exit code 1, the source and the mend', async t => {
  const gateway = startProcess(t, { ...SETTINGS, ORIGIN_POLICY: 'env,file:./none.txt' })
  t.equal(await gateway.ended, 1)
  t.match(gateway.stderr(),
    /^Gatehouse cannot start: no allow-list from 'file:\.\/none\.txt': \/.*none\.txt does not exist: create it, or correct the path\n$/)
})
