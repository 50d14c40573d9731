import t from 'tap'
import { connect } from 'node:net'
import { once } from 'node:events'
import { build, listen } from '../helper/build.js'
import { rawSocket, SWITCH, upgradeHead } from '../helper/raw-socket.js'
import { fakeInstance } from '../helper/fake-instance.js'

t.test('/healthz is 200 whatever the instances do', async t => {
  const { app } = await build(t)
  for (const instance of app.pool.instances) instance.health = { up: false, streak: 0 }
  const answer = await app.inject('/healthz')
  t.equal(answer.statusCode, 200)
  t.same(answer.json(), { status: 'ok' })
})

t.test('/readyz is 200 while an instance may be picked, and 503 when there is none', async t => {
  const { app } = await build(t, { STOMP_UPSTREAMS: 'http://127.0.0.1:9,http://127.0.0.2:9' })
  const [first, second] = app.pool.instances
  if (first === undefined || second === undefined) throw new Error('there are two')

  const ready = await app.inject('/readyz')
  t.equal(ready.statusCode, 200)
  t.equal(ready.headers['cache-control'], 'no-store')
  t.same(ready.json(), {
    status: 'ready',
    instances: { available: 2, total: 2 },
    origins: { entries: 0, sources: 1, stale: 0, staleMs: 0, missing: 0 }
  })

  first.health = { up: false, streak: 0 }
  t.match((await app.inject('/readyz')).json(), { status: 'ready', instances: { available: 1 } })

  app.onRefused(second, Date.now(), new Error('refused'))
  const none = await app.inject('/readyz')
  t.equal(none.statusCode, 503)
  t.equal(none.headers['cache-control'], 'no-store')
  t.match(none.json(), { status: 'no instance available', instances: { available: 0, total: 2 } })
})

t.test('/readyz is 503 from the first moment of draining on, and connections end after their answer', async t => {
  const instance = await fakeInstance(t, (_, socket) => socket.write(SWITCH))
  const { app, port, url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const tunnel = await rawSocket(t, port, upgradeHead('/stomp/ws/websocket'))
  await tunnel.until(bytes => bytes.includes('101'))
  instance.sockets[0]?.once('end', () => instance.sockets[0]?.end())
  const drained = app.drain()
  const answer = await fetch(`${url}/readyz`)
  t.equal(answer.status, 503)
  t.match(await answer.json(), { status: 'draining', instances: { available: 1, total: 1 } })
  t.equal(answer.headers.get('connection'), 'close')
  tunnel.socket.destroy()
  await drained
  const [error] = await once(connect({ host: '127.0.0.1', port }), 'error')
  t.equal(error.code, 'ECONNREFUSED', 'then nobody listens any more')
})

t.test('health answers name no instance and need no Origin, and a foreign page cannot read them', async t => {
  const { url } = await listen(t)
  for (const path of ['/healthz', '/readyz']) {
    const probe = await fetch(url + path)
    t.notMatch(await probe.text(), '127.0.0.1')
    t.equal((await fetch(url + path, { headers: { origin: 'https://evil.test' } })).status, 403)
    t.equal((await fetch(url + path, { method: 'HEAD' })).status, probe.status, 'HEAD answers alike')
  }
})
