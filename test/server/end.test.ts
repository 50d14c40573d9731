import t from 'tap'
import { once } from 'node:events'
import type { Test } from 'tap'
import WebSocket from 'ws'
import { answerWith, fakeInstance, type FakeInstance } from '../helper/fake-instance.js'
import { COVERED, listenerUrl, startProcess, type GatewayProcess } from '../helper/gateway-process.js'
import { rawSocket, SWITCH, upgradeHead, type RawSocket } from '../helper/raw-socket.js'

t.setTimeout(90_000) // each test starts a process, perhaps on a busy machine

interface Running {
  gateway: GatewayProcess
  instance: FakeInstance
  url: string
  port: number
  tunnel: RawSocket
}

/** A gateway process with an open tunnel to an instance that answers nothing but upgrades by itself. */
async function running (t: Test, settings: Record<string, string>): Promise<Running> {
  const instance = await fakeInstance(t, (head, socket) => {
    if (/^upgrade: websocket/im.test(head)) socket.write(SWITCH)
  })
  const gateway = startProcess(t, {
    PORT: '0', ADMIN_PORT: '0', STOMP_UPSTREAMS: instance.url, HEALTH_CHECK: 'off', ...settings
  })
  const url = await listenerUrl(gateway, 'public')
  const port = Number(new URL(url).port)
  const tunnel = await rawSocket(t, port, upgradeHead('/stomp/ws/websocket'))
  await tunnel.until(bytes => bytes.startsWith('HTTP/1.1 101'))
  instance.sockets[0]?.once('end', () => instance.sockets[0]?.end())
  return { gateway, instance, url, port, tunnel }
}

const shuttingDown = (stdout: string) => stdout.includes('shutting down')

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`after ${signal} readiness fails at once, and what is under way comes to its end`, async t => {
    const { gateway, instance, url, port, tunnel } = await running(t, { SHUTDOWN_GRACE_MS: '600000' })
    const slow = fetch(`${url}/stomp/ws/slow`)
    const waiting = await instance.connection(1)
    await instance.seen(bytes => bytes.includes('\r\n\r\n'), 1)

    gateway.child.kill(signal)
    await gateway.until(shuttingDown)
    t.match(gateway.logs().find(line => line.msg === 'shutting down'), { signal })

    const ready = await fetch(`${url}/readyz`)
    t.equal(ready.status, 503)
    t.match(await ready.json(), { status: 'draining' })
    t.equal(ready.headers.get('connection'), 'close', 'connections end after their answer')
    t.equal((await fetch(`${url}/healthz`)).status, 200, 'the process is still alive')

    const late = await rawSocket(t, port, upgradeHead('/stomp/ws/websocket'))
    const refused = await late.closed()
    t.match(refused, /^HTTP\/1\.1 503 .*"code":"ERR_SHUTTING_DOWN"/s, 'new tunnels are refused')
    t.match(refused, /^retry-after: \d+\r$/im)

    waiting.write(answerWith('late but whole'))
    t.equal(await (await slow).text(), 'late but whole', 'the request under way finishes')

    tunnel.write('ping')
    await instance.seen(bytes => bytes.endsWith('ping'), 0)
    const [toClient] = instance.sockets
    toClient?.write('pong')
    await tunnel.until(bytes => bytes.endsWith('pong'))
    t.equal(gateway.child.exitCode, null, 'the tunnel has its grace')

    tunnel.socket.end()
    t.equal(await gateway.ended, 0, 'the process ends when nothing is left, not when the grace is over')
  })
}

t.test('when the grace is over, tunnels are ended and the process with them, exit code 0', async t => {
  const { gateway, instance, tunnel } = await running(t, { ...COVERED, SHUTDOWN_GRACE_MS: '100' })
  const [toGateway] = instance.sockets
  const instanceEnd = once(toGateway as NonNullable<typeof toGateway>, 'end')
  gateway.child.kill('SIGTERM')
  await Promise.all([tunnel.closed(), instanceEnd])
  t.equal(await gateway.ended, 0)
  t.equal(gateway.stderr(), '')
})

t.test('a tunnel whose client reads no more does not keep the process', async t => {
  const { gateway, instance, tunnel } = await running(t, { SHUTDOWN_GRACE_MS: '0' })
  tunnel.socket.pause()
  const [toGateway] = instance.sockets
  const chunk = Buffer.alloc(1_048_576)
  for (let i = 0; i < 32; i++) toGateway?.write(chunk)
  gateway.child.kill('SIGTERM')
  t.equal(await gateway.ended, 0)
})

t.test('a live feed whose client has gone silent does not keep the process', async t => {
  const { gateway, tunnel } = await running(t, { SHUTDOWN_GRACE_MS: '0' })
  const admin = new URL(await listenerUrl(gateway, 'admin'))
  const feed = await rawSocket(t, Number(admin.port), upgradeHead('/upstreams/live').replace('gateway.test', admin.host))
  await feed.until(bytes => bytes.includes('"instances"')) // it will never answer a close frame
  gateway.child.kill('SIGTERM')
  t.equal(await gateway.ended, 0)
  await tunnel.closed()
})

t.test('the live feed tells that the gateway drains, then closes', async t => {
  const { gateway, tunnel } = await running(t, { SHUTDOWN_GRACE_MS: '600000' })
  const feed = new WebSocket(`${(await listenerUrl(gateway, 'admin')).replace('http', 'ws')}/upstreams/live`)
  const draining = new Promise<void>(resolve => {
    feed.on('message', data => { if (JSON.parse(String(data)).draining === true) resolve() })
  })
  await once(feed, 'open')
  gateway.child.kill('SIGTERM')
  await draining
  tunnel.socket.end()
  const [code] = await once(feed, 'close')
  t.equal(code, 1005, 'a close frame, not a broken connection')
  t.equal(await gateway.ended, 0)
})

for (const second of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${second} as the second signal ends the process at once, whatever is open`, async t => {
    const { gateway, tunnel } = await running(t, { ...COVERED, SHUTDOWN_GRACE_MS: '600000' })
    gateway.child.kill('SIGTERM')
    await gateway.until(shuttingDown)
    t.equal(gateway.child.exitCode, null)
    gateway.child.kill(second)
    t.equal(await gateway.ended, 1)
    await tunnel.closed()
  })
}

t.test('a fault that nobody caught is logged with its cause and ends the process at once, exit code 1', async t => {
  const bomb = "process.once('SIGWINCH', () => { throw new Error('boom') })"
  const { gateway } = await running(t, {
    SHUTDOWN_GRACE_MS: '600000',
    NODE_OPTIONS: `${COVERED.NODE_OPTIONS} --import=data:text/javascript,${encodeURIComponent(bomb)}`
  })
  gateway.child.kill('SIGWINCH')
  t.equal(await gateway.ended, 1)
  t.match(gateway.logs().find(line => line.level === 60), { msg: 'unexpected failure', err: { message: 'boom' } })
})
