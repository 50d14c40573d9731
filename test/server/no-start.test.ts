import t from 'tap'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { COVERED, startProcess } from '../helper/gateway-process.js'

t.setTimeout(90_000) // each test starts a process, perhaps on a busy machine

const FREE_PORTS = { PORT: '0', ADMIN_PORT: '0', DEMO_ALLOWED_PAGE_PORT: '0', DEMO_BLOCKED_PAGE_PORT: '0' }

/** A port that somebody else listens on. */
async function busyPort (t: Test): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return String((server.address() as AddressInfo).port)
}

t.test('production without STOMP_UPSTREAMS ends with exit code 1 and one fault', async t => {
  const gateway = startProcess(t, { ...COVERED, NODE_ENV: 'production' })
  t.equal(await gateway.ended, 1)
  t.equal(gateway.stdout(), '')
  t.equal(gateway.stderr(), 'Gatehouse cannot start: 1 fault in the settings\n' +
    '  STOMP_UPSTREAMS: it is required in production. Name your chat-service, such as http://chat:8080\n')
})

t.test('all bad settings are listed at once, each with its mend, and nothing else', async t => {
  const gateway = startProcess(t, {
    NODE_ENV: 'production',
    PORT: '99999',
    ALLOWED_ORIGINS: 'example.com,https://*.com',
    LOG_LEVEL: 'loud',
    TRUST_PROXY: '1',
    MAX_TUNNELS: 'many'
  })
  t.equal(await gateway.ended, 1)
  t.equal(gateway.stdout(), '')
  const [headline, ...faults] = gateway.stderr().trimEnd().split('\n')
  t.match(headline, /^Gatehouse cannot start: 7 faults in the settings$/)
  t.equal(faults.length, 7)
  for (const name of ['PORT', 'ALLOWED_ORIGINS', 'LOG_LEVEL', 'TRUST_PROXY', 'MAX_TUNNELS', 'STOMP_UPSTREAMS']) {
    t.ok(faults.some(line => line.startsWith(`  ${name}: `)), `${name} is told`)
  }
  for (const line of faults) t.match(line, /(Write|Set|Name|Use|Pick|Choose|Give|write|put)\b/, `a mend: ${line}`)
})

for (const name of Object.keys(FREE_PORTS)) {
  t.test(`a busy ${name} is told in exactly one line, with exit code 1`, async t => {
    const port = await busyPort(t)
    const gateway = startProcess(t, { ...FREE_PORTS, [name]: port })
    t.equal(await gateway.ended, 1)
    t.equal(gateway.stdout() + gateway.stderr(),
      `Gatehouse cannot start: port ${port} is taken. Stop what listens there, or set another ${name}.\n`)
  })
}

const unusable = [
  ['an address of another machine', '192.0.2.1', /^Gatehouse cannot start: .*192\.0\.2\.1 \(EADDRNOTAVAIL\)\. Set .+\n$/],
  ['a name that does not exist', 'gateway.invalid', /^Gatehouse cannot start: 'gateway\.invalid' has no address \((ENOTFOUND|EAI_AGAIN)\)\. Set HOST .+\n$/]
] as const
for (const [name, HOST, line] of unusable) {
  t.test(`HOST with ${name} is told in exactly one line, with exit code 1`, async t => {
    const gateway = startProcess(t, { PORT: '0', ADMIN_PORT: '0', HOST, STOMP_UPSTREAMS: 'http://127.0.0.1:9' })
    t.equal(await gateway.ended, 1)
    t.match(gateway.stdout() + gateway.stderr(), line)
  })
}
