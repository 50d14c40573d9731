import t from 'tap'
import { fakeInstance } from '../helper/fake-instance.js'
import { build } from '../helper/build.js'

type Line = Record<string, unknown>

/** Resolves when such a line was logged; the log has no events of its own. */
async function logged (logs: Line[], find: (line: Line) => boolean) {
  while (!logs.some(find)) await new Promise(resolve => setImmediate(resolve))
  return logs.filter(find)
}

t.test('probes take an instance out that refuses, which is one warn line', async t => {
  const instance = await fakeInstance(t)
  await instance.close()
  const { app, logs } = await build(t, {
    STOMP_UPSTREAMS: instance.url, HEALTH_CHECK: 'on', HEALTH_CHECK_INTERVAL_MS: '100'
  })
  await app.ready()
  const changes = await logged(logs, line => line.msg === 'instance health changed')
  t.match(changes, [{ level: 40, instance: instance.url, up: false }])
  t.equal(app.pool.availableCount(Date.now()), 0)
  t.equal(app.retryAfterS(), 1, 'the next round of probes may bring it back')
})

t.test('without a pause to wait for, Retry-After is the time to the next probes', async t => {
  const { app } = await build(t, { HEALTH_CHECK_INTERVAL_MS: '7500' })
  for (const instance of app.pool.instances) instance.health = { up: false, streak: 0 }
  t.equal(app.retryAfterS(), 8)
})

t.test('Retry-After is the rest of the shortest pause in whole seconds, never 0', async t => {
  const { app } = await build(t, { STOMP_UPSTREAMS: 'http://127.0.0.1:9,http://127.0.0.2:9' })
  const [first, second] = app.pool.instances
  if (first === undefined || second === undefined) throw new Error('there are two')
  first.asideUntil = Date.now() + 60_000
  second.asideUntil = Date.now() + 2_500
  t.equal(app.retryAfterS(), 3)
  second.asideUntil = Date.now() + 250
  t.equal(app.retryAfterS(), 1)
})

t.test('an instance that is set aside is one warn line a pause, however many connects failed', async t => {
  const { app, logs } = await build(t)
  const [instance] = app.pool.instances
  if (instance === undefined) throw new Error('there is one')
  const startedAt = Date.now()
  for (let i = 0; i < 3; i++) app.onRefused(instance, startedAt, new Error('refused'))
  t.match(logs, [{ level: 40, msg: 'instance set aside', instance: 'http://127.0.0.1:9', pauseMs: 250, cause: 'refused' }])
  t.equal(logs.length, 1)
})

t.test('an instance whose name has several addresses is set aside with the cause of each', async t => {
  const { app, logs } = await build(t)
  app.onRefused(app.pool.instances[0]!, Date.now(), Object.assign(
    new AggregateError([new Error('connect ECONNREFUSED ::1:9'), new Error('connect ECONNREFUSED 127.0.0.1:9')]),
    { code: 'ECONNREFUSED' }))
  t.match(logs, [{ cause: 'connect ECONNREFUSED ::1:9; connect ECONNREFUSED 127.0.0.1:9' }])
})

for (const code of ['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL']) {
  t.test(`${code} on a connect is the gateway's own trouble: one error line a second, no instance set aside`, async t => {
    const { app, logs } = await build(t)
    for (let n = 0; n < 3; n++) {
      app.onRefused(app.pool.instances[0]!, Date.now(), Object.assign(new Error(`connect ${code}`), { code }))
    }
    t.match(logs, [{ level: 50, msg: 'out of sockets', cause: `connect ${code}` }])
    t.equal(logs.length, 1)
    t.match(app.pool.instances[0], { failures: 0, asideUntil: 0 })
  })
}

t.test('probes end with the app', async t => {
  const instance = await fakeInstance(t)
  const { app } = await build(t, { STOMP_UPSTREAMS: instance.url, HEALTH_CHECK: 'on', HEALTH_CHECK_INTERVAL_MS: '100' })
  await instance.connection()
  await app.close()
  const probes = instance.sockets.length
  const later = await fakeInstance(t)
  const other = await build(t, { STOMP_UPSTREAMS: later.url, HEALTH_CHECK: 'on', HEALTH_CHECK_INTERVAL_MS: '100' })
  await later.connection(2)
  t.equal(instance.sockets.length, probes, 'three rounds of another gateway later')
  await other.app.close()
})
