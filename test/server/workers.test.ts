import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection } from 'sockjs'
import t from 'tap'
import type { Test } from 'tap'
import WebSocket from 'ws'
import { fakeInstance, type FakeInstance } from '../helper/fake-instance.js'
import { COVERED, listenerUrl, startProcess, type GatewayProcess } from '../helper/gateway-process.js'
import { rawSocket, SWITCH, upgradeHead, type RawSocket } from '../helper/raw-socket.js'
import { sockjsHttp } from '../helper/sockjs-http.js'
import { sockjsInstance } from '../helper/sockjs-instance.js'

t.setTimeout(200_000) // each test starts three processes, perhaps on a busy machine
t.jobs = 2 // some tests wait for the clock

const TWO = {
  WORKERS: '2', PORT: '0', ADMIN_PORT: '0', HEALTH_CHECK: 'off', STOMP_UPSTREAMS: 'http://127.0.0.1:9', LOG_LEVEL: 'debug', ACCESS_LOG: 'on'
}

const importing = (code: string) => `--import=data:text/javascript,${encodeURIComponent(code)}`

/** The primary process does not count for coverage, its workers do. */
const COVERED_WORKERS = { NODE_OPTIONS: importing(`process.env.NODE_OPTIONS = ${JSON.stringify(COVERED.NODE_OPTIONS)}`) }

/** Each on a connection of its own, so that the workers take turns. */
const ALONE = { connection: 'close' }

/** The processes that wrote such a line, in order, each once. */
function pidsOf (gateway: GatewayProcess, msg: string): number[] {
  return [...new Set(gateway.logs().filter(line => line.msg === msg).map(({ pid }) => pid as number))]
}

/** Asks until so many workers have answered. Returns their pids. */
async function workersOf (gateway: GatewayProcess, url: string, count = 2): Promise<number[]> {
  while (pidsOf(gateway, 'request answered').length < count) {
    await fetch(`${url}/healthz`, { headers: ALONE })
    await gateway.until(stdout => stdout.includes('request answered'))
  }
  return pidsOf(gateway, 'request answered')
}

/** Resolves once each of two workers has opened a tunnel; `byPid` has one of each. */
async function tunnelPerWorker (t: Test, settings: Record<string, string> = {}) {
  const { gateway, instance } = await tunnelGateway(t, settings)
  return { gateway, instance, ...await openTunnels(t, gateway) }
}

/** A gateway in front of an instance that answers upgrades and nothing else. */
async function tunnelGateway (t: Test, settings: Record<string, string>) {
  const instance = await fakeInstance(t, (head, socket) => {
    if (/^upgrade: websocket/im.test(head)) socket.write(SWITCH)
    socket.once('end', () => socket.end())
  })
  return { instance, gateway: startProcess(t, { ...TWO, STOMP_UPSTREAMS: instance.url, ...settings }) }
}

async function openTunnels (t: Test, gateway: GatewayProcess) {
  const url = await listenerUrl(gateway, 'public')
  const byPid = new Map<number, RawSocket>()
  while (byPid.size < 2) {
    const before = opened(gateway).length
    const tunnel = await rawSocket(t, Number(new URL(url).port), upgradeHead('/stomp/ws/websocket'))
    await tunnel.until(bytes => bytes.startsWith('HTTP/1.1 101'))
    await gateway.until(() => opened(gateway).length > before)
    const pid = opened(gateway).at(-1) as number
    if (byPid.has(pid)) tunnel.socket.destroy()
    else byPid.set(pid, tunnel)
  }
  return { url, byPid, pids: [...byPid.keys()], tunnels: [...byPid.values()] }
}

const opened = (gateway: GatewayProcess) =>
  gateway.logs().filter(({ msg }) => msg === 'tunnel opened').map(({ pid }) => pid as number)

const json = async (url: string) => await (await fetch(url)).json()

/** Resolves once bytes have reached the instance through this tunnel. */
async function passes (tunnel: RawSocket, instance: FakeInstance): Promise<void> {
  const mark = randomUUID()
  const arrivesAt = (_socket: unknown, index: number) => instance.seen(bytes => bytes.includes(mark), index)
  const arrived = Promise.any(instance.sockets.map(arrivesAt))
  tunnel.write(mark)
  await arrived
}

t.test('two workers are one gateway to clients, and end with it', { buffered: true }, async t => {
  const echo = { onMessage: (connection: Connection, message: string) => { connection.write(message) } }
  const instances = await Promise.all(Array.from({ length: 3 }, () => sockjsInstance(t, echo)))
  const gateway = startProcess(t, {
    ...TWO, ...COVERED, SHUTDOWN_GRACE_MS: '0', STOMP_UPSTREAMS: instances.map(({ url }) => url).join()
  })
  const url = await listenerUrl(gateway, 'public')

  await t.test('a session whose requests spread over both workers meets one instance', async t => {
    for (let i = 0; i < 8; i++) {
      const session = sockjsHttp(`${url}/stomp/echo`, randomUUID(), ALONE)
      t.equal((await session.poll()).text, 'o\n')
      for (const message of ['one', 'two']) {
        t.equal((await session.send(message)).status, 204)
        t.equal((await session.poll()).text, `a["${message}"]\n`)
      }
    }
    t.equal((await workersOf(gateway, url)).length, 2)
    const met = instances.flatMap(({ sessions }) => [...new Set(sessions)])
    t.equal(met.length, new Set(met).size, 'no session met two instances')
    t.equal(gateway.logs().filter(({ msg }) => String(msg).startsWith('listening at')).length, 2, 'each listener is told once')
  })

  await t.test('a worker that does not end in time is killed, and the exit code says so', async t => {
    process.kill(pidsOf(gateway, 'request answered')[0] as number, 'SIGSTOP')
    gateway.child.kill('SIGTERM')
    t.equal(await gateway.ended, 1)
    t.match(gateway.logs().at(-1), { msg: 'killed by timeout (6000ms)' })
  })
})

t.test('two workers are one gateway to whoever runs it', { buffered: true }, async t => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-')) // the process works in the test's own directory
  t.teardown(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'origins.txt')
  writeFileSync(file, 'https://old.example.com')
  const bomb = "process.once('SIGWINCH', () => { throw new Error('boom') })"
  const { gateway, instance } = await tunnelGateway(t, {
    SHUTDOWN_GRACE_MS: '600000',
    ORIGIN_POLICY: `file:${file}`,
    NODE_OPTIONS: `${COVERED.NODE_OPTIONS} ${importing(bomb)}`
  })
  const url = await listenerUrl(gateway, 'public')

  await t.test('a fault that nobody caught ends one worker, not the gateway', async t => {
    const [victim] = await workersOf(gateway, url, 1) as [number]
    process.kill(victim, 'SIGWINCH')
    await gateway.until(stdout => stdout.includes('worker replaced'))
    t.match(gateway.logs().find(({ level }) => level === 60), { pid: victim, msg: 'unexpected failure', err: { message: 'boom' } })
    t.match(gateway.logs().find(({ msg }) => msg === 'worker ended'), { worker: victim, code: 1 })
    t.equal(gateway.child.exitCode, null)
  })

  const { tunnels, pids } = await openTunnels(t, gateway)
  const admin = await listenerUrl(gateway, 'admin')

  await t.test('the admin listener tells of both workers', async t => {
    t.notOk(pids.includes(gateway.child.pid as number), 'the primary process serves nobody')
    t.match(await json(`${admin}/upstreams`), { draining: false, tunnels: 2, instances: [{ id: instance.url, open: 2, available: true }] })
    for (let i = 0; i < 4; i++) await fetch(`${url}/healthz`, { headers: { ...ALONE, origin: 'https://evil.test' } })
    t.match(await json(`${admin}/origins`), { total: 1, sources: [{ name: `file:${file}` }], decisions: { refused: { 'not-listed': 4 } } })
    t.match(await json(`${admin}/origins/refused`), [{ origin: 'https://evil.test', count: 4 }])
    t.match(await json(`${admin}/origins/trial`), { configured: false, differing: [] })
    t.match(await json(`${admin}/origins/explain?origin=https://evil.test`), { allowed: false })
    t.match(await (await fetch(`${admin}/origins/reload`, { method: 'POST' })).json(), { ok: true })
  })

  await t.test('SIGHUP reads the sources again in every worker, and is told once', async t => {
    writeFileSync(file, 'https://new.example.com')
    for (const pid of [...pids, gateway.child.pid as number]) process.kill(pid, 'SIGHUP') // as a terminal does
    await gateway.until(stdout => stdout.includes('origin sources were read again'))
    t.match(gateway.logs().filter(({ msg }) => msg === 'origin sources were read again'), [{ level: 30, signal: 'SIGHUP', failed: [] }])
    const origin = 'https://new.example.com'
    for (let i = 0; i < 4; i++) t.equal((await fetch(`${url}/healthz`, { headers: { ...ALONE, origin } })).status, 200)
  })

  await t.test('SIGTERM drains the tunnels of both', async t => {
    const feed = new WebSocket(`${admin.replace('http', 'ws')}/upstreams/live`)
    const draining = new Promise<void>(resolve => {
      feed.on('message', data => { if (JSON.parse(String(data)).draining === true) resolve() })
    })
    await once(feed, 'open')
    gateway.child.kill('SIGTERM')
    await draining
    const ready = await fetch(`${url}/readyz`)
    t.equal(ready.status, 503)
    for (const tunnel of tunnels) await passes(tunnel, instance)
    for (const tunnel of tunnels) tunnel.socket.end()
    t.equal(await gateway.ended, 0)
    t.equal(gateway.stderr(), '')
    t.equal(gateway.logs().filter(({ msg }) => msg === 'shutting down').length, 1)
  })
})

t.test('a worker harms nobody else, neither full nor dead', { buffered: true }, async t => {
  const { gateway, instance, url, byPid, pids } = await tunnelPerWorker(t, { MAX_TUNNELS: '2', MAX_CONNECTIONS: '20' })
  const port = Number(new URL(url).port)
  const [victim, other] = pids as [number, number]

  await t.test('limits hold for all workers together, each with its share', async t => {
    for (let i = 0; i < 4; i++) {
      const late = await rawSocket(t, port, upgradeHead('/stomp/ws/websocket'))
      t.match(await late.until(bytes => bytes.includes('"code"')), /^HTTP\/1\.1 503 .*ERR_TUNNELS_FULL/s)
    }
  })

  await t.test('a killed worker is told and replaced, and no connection that it was handed stays open', async t => {
    process.kill(victim, 'SIGSTOP')
    const clients = await Promise.all(Array.from({ length: 4 }, () =>
      rawSocket(t, port, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')))
    const isAnswered = (client: RawSocket) => client.received().startsWith('HTTP/1.1 200')
    while (clients.filter(isAnswered).length < 3) await new Promise(resolve => setTimeout(resolve, 10))
    process.kill(victim, 'SIGKILL')
    await byPid.get(victim)!.closed()
    const answers = await Promise.all(clients.map(client => client.closed()))
    t.equal(answers.filter(answer => answer === '').length, 1, 'one had been handed over')
    await gateway.until(stdout => stdout.includes('worker replaced'))
    t.match(gateway.logs().find(({ msg }) => msg === 'worker ended'), { level: 50, worker: victim, code: null, signal: 'SIGKILL', pauseMs: 250 })
    await passes(byPid.get(other)!, instance)
  })

  await t.test('when all are killed the port stays, and SIGHUP meanwhile is told as a failure', async t => {
    const fresh = gateway.logs().find(({ msg }) => msg === 'worker replaced')?.worker as number
    for (const pid of [other, fresh]) process.kill(pid, 'SIGKILL')
    await gateway.until(stdout => stdout.split('worker ended').length > 3)
    gateway.child.kill('SIGHUP')
    await gateway.until(stdout => stdout.split('worker replaced').length > 3)
    t.match(gateway.logs().filter(({ msg }) => msg === 'origin sources were read again'),
      [{ level: 40, failed: [{ source: 'workers', cause: /No worker of the gateway answers now/ }] }])
    t.equal((await fetch(`${url}/healthz`, { headers: ALONE })).status, 200)
  })
})

t.test('Ctrl+C reaches every process of the group: the first drains, the second ends all at once', { buffered: true }, async t => {
  const { gateway, instance, pids, tunnels } = await tunnelPerWorker(t, { SHUTDOWN_GRACE_MS: '600000' })
  const interrupt = () => { for (const pid of [...pids, gateway.child.pid as number]) process.kill(pid, 'SIGINT') }
  interrupt()
  await gateway.until(stdout => stdout.includes('shutting down'))
  for (const tunnel of tunnels) await passes(tunnel, instance)
  t.equal(gateway.child.exitCode, null)
  interrupt()
  t.equal(await gateway.ended, 1)
  for (const tunnel of tunnels) await tunnel.closed()
})

t.test('workers whose primary process was killed drain and end; a signal then ends one at once', { buffered: true }, async t => {
  const { gateway, instance, byPid, pids } = await tunnelPerWorker(t, { ...COVERED_WORKERS, SHUTDOWN_GRACE_MS: '600000' })
  const [one, other] = pids as [number, number]
  gateway.child.kill('SIGKILL')
  await once(gateway.child, 'exit')
  for (const tunnel of byPid.values()) await passes(tunnel, instance)
  process.kill(one, 'SIGTERM')
  await byPid.get(one)!.closed()
  await passes(byPid.get(other)!, instance)
  byPid.get(other)!.socket.end()
  t.equal(await gateway.ended, 'SIGKILL', 'nobody holds its output any more')
})

t.test('what no worker can do ends the start with one message, as it does for one process', { buffered: true }, async t => {
  const busy = createServer().listen(0, '127.0.0.1')
  t.teardown(() => busy.close())
  await once(busy, 'listening')
  const port = String((busy.address() as AddressInfo).port)
  const taken = startProcess(t, { ...TWO, PORT: port })
  t.equal(await taken.ended, 1)
  t.equal(taken.stdout() + taken.stderr(),
    `Gatehouse cannot start: port ${port} is taken. Stop what listens there, or set another PORT.\n`)

  const listless = startProcess(t, { ...TWO, ...COVERED, ORIGIN_POLICY: 'file:./none.txt' })
  t.equal(await listless.ended, 1)
  t.match(listless.stderr(), /^Gatehouse cannot start: no allow-list from 'file:\.\/none\.txt': \/.*none\.txt does not exist: .*\n$/)

  const refused = startProcess(t, { ...TWO, LOG_LEVEL: 'loud', WORKERS: 'many' })
  t.equal(await refused.ended, 1)
  t.match(refused.stderr(), /^Gatehouse cannot start: 2 faults in the settings\n {2}LOG_LEVEL: .*\n {2}WORKERS: .*\n$/)
})

t.test('the demo runs once for all workers', { buffered: true }, async t => {
  const { STOMP_UPSTREAMS, ...settings } = { ...TWO, ...COVERED, DEMO_ALLOWED_PAGE_PORT: '0', DEMO_BLOCKED_PAGE_PORT: '0' }
  const gateway = startProcess(t, settings)
  const stdout = await gateway.until(text => text.includes('Ctrl+C'))
  t.equal(stdout.split('Gatehouse demo').length, 2, 'told once')
  const [url = '', origin = ''] = stdout.split('\n').filter(line => !line.startsWith('{'))
    .flatMap(line => /http:\/\/\S+/.exec(line)?.[0] ?? [])
  for (let i = 0; i < 4; i++) {
    t.equal((await fetch(`${url}/stomp/ws-stomp/info`, { headers: { ...ALONE, origin } })).status, 200)
  }
  gateway.child.kill('SIGTERM')
  t.equal(await gateway.ended, 0)
})
