import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { parseUpstreams, type Upstream } from '../../../src/config/upstreams.js'
import { startProbes } from '../../../src/proxy/probe.js'
import { createInstance, setAside, type Instance } from '../../../src/upstream/instance.js'

const instanceAt = (port: number, scheme = 'http') => {
  const upstream = parseUpstreams(`${scheme}://127.0.0.1:${port}`).upstreams[0] as Upstream
  return createInstance(upstream.id, upstream)
}

/** Probes until the test ends; `changed` resolves with the next instance whose health flips. */
function probe (t: Test, instances: Array<Instance<Upstream>>, timeoutMs = 1_000) {
  const waiting: Array<(instance: Instance<Upstream>) => void> = []
  const changes: boolean[] = []
  const alive = setInterval(() => {}, 60_000) // probes keep no process alive
  t.teardown(() => clearInterval(alive))
  const stop = startProbes(instances, {
    intervalMs: 10,
    timeoutMs,
    onChange: instance => {
      changes.push(instance.health.up)
      waiting.shift()?.(instance)
    }
  })
  t.teardown(stop)
  const changed = async () => await new Promise<Instance<Upstream>>(resolve => waiting.push(resolve))
  return { stop, changes, changed }
}

t.test('takes an instance out that refuses, and brings it back when it connects', async t => {
  const server = createServer(socket => socket.on('error', () => {})).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const instance = instanceAt(port)
  setAside(instance, Date.now() + 60_000)
  const { changed, changes } = probe(t, [instance])
  await once(server, 'connection')
  for (const isAside = () => instance.asideUntil > 0; isAside();) await once(server, 'connection')
  t.match(instance, { failures: 0, asideUntil: 0, health: { up: true } }, 'a connection ends a pause early')
  const down = changed()
  await new Promise(resolve => server.close(resolve))
  await down
  t.notOk(instance.health.up)
  const up = changed()
  const again = createServer().listen(port, '127.0.0.1')
  t.teardown(() => again.close())
  await up
  t.same(changes, [false, true], 'only what changes is told')
})

t.test('takes one refusal for an accident', async t => {
  const instance = instanceAt(1)
  const { changed } = probe(t, [instance])
  const down = changed()
  const seen = async () => await new Promise(resolve => setImmediate(() => resolve(instance.health.streak)))
  while (await seen() === 0);
  t.same(instance.health, { up: true, streak: 1 })
  await down
})

t.test('has one probe of an instance under way at a time', async t => {
  let connections = 0
  const server = createServer(socket => {
    connections += 1
    t.teardown(() => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const instance = instanceAt((server.address() as AddressInfo).port, 'https') // whose hello nobody answers
  const { changed } = probe(t, [instance], 100)
  await changed()
  t.equal(connections, 2, 'two probes that timed out, although ten more were due')
})

t.test('says nothing any more once it is stopped, a probe under way included', async t => {
  const server = createServer(socket => { t.teardown(() => socket.destroy()) }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const instance = instanceAt((server.address() as AddressInfo).port, 'https')
  instance.health = { up: true, streak: 1 }
  const { stop, changes } = probe(t, [instance])
  const [far] = await once(server, 'connection')
  const ended = once(far.resume(), 'close')
  stop()
  await ended
  t.same(changes, [])
  t.same(instance.health, { up: true, streak: 1 })
})
