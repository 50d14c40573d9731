import t from 'tap'
import { EventEmitter, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import WebSocket from 'ws'
import { buildAdmin, buildAdminListener } from '../../src/admin.js'
import { localState } from '../../src/local-state.js'
import { fakeInstance } from '../helper/fake-instance.js'
import { listen } from '../helper/build.js'
import { rawSocket, upgradeHead, SWITCH } from '../helper/raw-socket.js'

interface State {
  draining: boolean
  tunnels: number
  instances: Array<{ id: string, available: boolean, healthy: boolean, failures: number, open: number }>
}

/** A gateway in front of two instances, with its admin listener. */
async function both (t: Test) {
  const instances = [await fakeInstance(t, (_, socket) => socket.write(SWITCH)), await fakeInstance(t)]
  const gateway = await listen(t, { STOMP_UPSTREAMS: instances.map(({ url }) => url).join() })
  const admin = await buildAdmin(gateway.app)
  t.teardown(() => admin.close())
  await admin.listen({ host: '127.0.0.1', port: 0 })
  return { ...gateway, instances, admin, adminPort: (admin.server.address() as AddressInfo).port }
}

/** Every state that a feed tells, in order. */
async function openFeed (t: Test, port: number) {
  const states: State[] = []
  const feed = new WebSocket(`ws://127.0.0.1:${port}/upstreams/live`)
  t.teardown(() => feed.terminate())
  feed.on('message', data => states.push(JSON.parse(String(data))))
  await once(feed, 'message')
  return { feed, states }
}

t.test('the state tells each instance, whether it may be picked, and what is open', async t => {
  const { app, admin, port, instances } = await both(t)
  const ids = instances.map(({ url }) => url)
  const headers = { host: 'localhost' }
  const calm = { healthy: true, available: true, failures: 0, open: 0 }
  t.same((await admin.inject({ url: '/upstreams', headers })).json(),
    { draining: false, tunnels: 0, instances: ids.map(id => ({ id, ...calm })) })

  await instances[1]?.close()
  const [, second] = app.pool.instances
  if (second === undefined) throw new Error('there are two')
  app.onRefused(second, Date.now(), new Error('refused'))
  const tunnel = await rawSocket(t, port, upgradeHead('/stomp/ws/websocket'))
  await tunnel.until(bytes => bytes.includes('101'))
  t.same((await admin.inject({ url: '/upstreams', headers })).json(), {
    draining: false,
    tunnels: 1,
    instances: [
      { id: ids[0], ...calm, open: 1 },
      { id: ids[1], ...calm, available: false, failures: 1 }
    ]
  })
})

t.test('the live feed begins with a snapshot, then tells each change and nothing else', async t => {
  const { app, adminPort } = await both(t)
  const { feed, states } = await openFeed(t, adminPort)
  t.match(states, [{ tunnels: 0, instances: [{ healthy: true }, { healthy: true }] }])

  const [first] = app.pool.instances
  if (first === undefined) throw new Error('there are two')
  first.health = { up: false, streak: 0 }
  await once(feed, 'message')
  t.match(states[1], { instances: [{ healthy: false, available: false }, { available: true }] })
  first.health = { up: true, streak: 0 }
  await once(feed, 'message')
  t.same(states[2], states[0])
  t.equal(states.length, 3, 'one message a change')
})

t.test('a feed whose reader is slow holds one state at most, and gets the newest one later', async t => {
  const { app, admin, adminPort } = await both(t)
  const { feed, states } = await openFeed(t, adminPort)
  const [socket] = admin.websocketServer.clients
  const [first] = app.pool.instances
  if (socket === undefined || first === undefined) throw new Error('there is one')
  let buffered = 1 // as if the last message were still on its way
  const looks = new EventEmitter()
  Object.defineProperty(socket, 'bufferedAmount', {
    get: () => {
      looks.emit('look')
      return buffered
    }
  })
  first.failures = 1
  await once(looks, 'look')
  first.failures = 2
  await once(looks, 'look')
  t.equal(states.length, 1, 'nothing is queued')
  buffered = 0
  await once(feed, 'message')
  t.equal(states.length, 2)
  t.match(states[1], { instances: [{ failures: 2 }, {}] }, 'the state between is left out')
})

t.test('a feed whose gateway cannot answer for a while tells nothing meanwhile, and then the newest state', async t => {
  const { app } = await both(t)
  const state = localState(app)
  const asked = new EventEmitter()
  let answer = state.upstreams
  const upstreams = async () => {
    asked.emit('ask')
    return await answer()
  }
  const admin = await buildAdminListener({ config: app.config, log: app.log, state: { ...state, upstreams } })
  t.teardown(() => admin.close())
  await admin.listen({ host: '127.0.0.1', port: 0 })
  const { feed, states } = await openFeed(t, (admin.server.address() as AddressInfo).port)

  answer = async () => { throw new Error('no worker is up') }
  await once(asked, 'ask')
  await once(asked, 'ask')
  t.equal(feed.readyState, WebSocket.OPEN)
  let [release, asks] = [() => {}, 0]
  asked.on('ask', () => { asks++ })
  answer = async () => {
    await new Promise<void>(resolve => { release = resolve })
    return { draining: true, tunnels: 7, instances: [] }
  }
  await once(asked, 'ask')
  await new Promise(resolve => setTimeout(resolve, 1_200)) // two looks later
  t.equal(asks, 1, 'one question at a time')
  t.equal(states.length, 1)
  release()
  await once(feed, 'message')
  t.match(states[1], { draining: true, tunnels: 7 })
})

t.test('a feed that is closed or broken leaves no timer behind', async t => {
  const { admin, adminPort } = await both(t)
  const { feed } = await openFeed(t, adminPort)
  const [socket] = admin.websocketServer.clients
  feed.close()
  await once(feed, 'close')
  t.equal(admin.websocketServer.clients.size, 0)

  const broken = await rawSocket(t, adminPort, upgradeHead('/upstreams/live').replace('gateway.test', 'localhost'))
  await broken.until(bytes => bytes.includes('"instances"'))
  broken.write('\xff\xff\xff\xff') // no frame of RFC 6455
  await broken.closed()
  t.equal(admin.websocketServer.clients.size, 0)
  t.equal(socket?.listenerCount('message'), 0)
})

t.test('a frame of more than 1 KiB ends the feed: its clients have nothing to say', async t => {
  const { adminPort } = await both(t)
  const { feed } = await openFeed(t, adminPort)
  feed.send('x'.repeat(1_025))
  const [code] = await once(feed, 'close')
  t.ok(code === 1009 || code === 1006, `closed with ${code}`)
})

t.test('closing the admin listener closes its feeds with a close frame', async t => {
  const { admin, adminPort } = await both(t)
  const { feed } = await openFeed(t, adminPort)
  const closed = once(feed, 'close')
  await admin.close()
  t.equal((await closed)[0], 1005)
})
