import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { fakeInstance } from '../helper/fake-instance.js'
import { listen } from '../helper/build.js'

const POLICY = 'module:./examples/tenant-policy/tenant-policy.js'

/** The status of a request that a page of `origin` makes to `host`. */
async function ask (port: number, host: string, origin: string): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    const headers = { host, origin, connection: 'close' }
    request({ host: '127.0.0.1', port, path: '/stomp/ws/info', headers }, response => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject).end()
  })
}

t.test('examples/tenant-policy keeps the pages of tenants apart, and follows its table', async t => {
  const table = join(t.testdir(), 'tenants.json')
  const write = (tenants: Record<string, string> | string) =>
    writeFileSync(table, typeof tenants === 'string' ? tenants : JSON.stringify(tenants))
  const acme = 'https://acme.example.com'
  const globex = 'https://chat.globex.example'
  write({ 'acme.api.example.com': acme, 'globex.api.example.com': globex })
  process.env.TENANTS_FILE = table
  t.teardown(() => { delete process.env.TENANTS_FILE })
  const instance = await fakeInstance(t)
  const { app, port, logs } = await listen(t, { STOMP_UPSTREAMS: instance.url, ORIGIN_POLICY: POLICY })

  t.same([
    await ask(port, 'acme.api.example.com', acme),
    await ask(port, 'ACME.api.example.com:8443', acme),
    await ask(port, 'acme.api.example.com', globex),
    await ask(port, 'globex.api.example.com', globex),
    await ask(port, 'other.example.com', acme),
    await ask(port, 'acme.api.example.com', 'null')
  ], [200, 200, 403, 200, 403, 403])

  const changed = new Promise<void>(resolve => { app.originPolicy.onChange(resolve) })
  write({ 'globex.api.example.com': `${globex}, ${acme}` })
  await changed
  t.same([await ask(port, 'acme.api.example.com', acme), await ask(port, 'globex.api.example.com', acme)], [403, 200])

  write('{ "half": ')
  while (!logs.some(({ msg }) => msg === 'origin policy module says')) await new Promise(resolve => setImmediate(resolve))
  t.equal(await ask(port, 'globex.api.example.com', acme), 200, 'a broken table changes nothing')
})

t.test('the table that comes with it lets in whom its README says', async t => {
  const readme = readFileSync('examples/tenant-policy/README.md', 'utf8')
  const asked = [...readme.matchAll(/-H 'Host: (\S+)' -H 'Origin: (\S+)'/g)]
  t.equal(asked.length, 2)
  const tenants = JSON.parse(readFileSync('examples/tenant-policy/tenants.json', 'utf8'))
  t.same(asked.map(([, host = '', origin]) => tenants[host].split(', ').includes(origin)), [true, false])
})
