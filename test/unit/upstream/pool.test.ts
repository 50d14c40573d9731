import t from 'tap'
import { createInstance, markConnected, setAside, type Instance } from '../../../src/upstream/instance.js'
import { createPool } from '../../../src/upstream/pool.js'

/** A pool of chat-1 … chat-n; `numbers` are what random yields, over and over. */
function build (count: number, numbers: number[] = [0]) {
  let calls = 0
  const instances = Array.from({ length: count }, (_, i) => createInstance(`http://chat-${i + 1}:8080`, i))
  const pool = createPool(instances, { random: () => numbers[calls++ % numbers.length]! })
  return { pool, instances, calls: () => calls }
}

const now = 10_000

t.test('sends every request of a session to one instance, whatever is open there', async t => {
  const { pool, calls } = build(4)
  const chosen = pool.pick({ key: 'abcd', now })!
  t.equal(chosen.id, 'http://chat-1:8080')
  for (let i = 0; i < 50; i++) {
    pool.acquire(chosen)
    t.equal(pool.pick({ key: 'abcd', now }), chosen)
  }
  t.equal(calls(), 0, 'chance has no part in it')
})

t.test('sends the same session to the same instance from two pools that list instances in another order', async t => {
  const { pool, instances } = build(4)
  const replica = createPool([...instances].reverse(), { random: () => 0 })
  for (let i = 0; i < 200; i++) {
    t.equal(pool.pick({ key: `session-${i}`, now }), replica.pick({ key: `session-${i}`, now }))
  }
})

t.test('picks the less loaded of two at random without a key', async t => {
  const { pool, instances, calls } = build(3)
  pool.acquire(instances[0]!)
  t.equal(pool.pick({ now }), instances[1])
  t.equal(calls(), 2)
})

t.test('takes an empty key for none', async t => {
  const { pool, instances, calls } = build(4)
  pool.acquire(instances[0]!)
  t.equal(pool.pick({ key: '', now }), instances[1])
  t.equal(calls(), 2)
})

t.test('skips what was tried already, with and without a key, until nothing is left', async t => {
  for (const key of ['abcd', undefined]) {
    const { pool } = build(4)
    const tried = new Set<Instance<number>>()
    for (let i = 0; i < 4; i++) {
      const next = pool.pick({ key, exclude: tried, now })!
      t.equal(tried.has(next), false)
      tried.add(next)
    }
    t.equal(tried.size, 4)
    t.equal(pool.pick({ key, exclude: tried, now }), undefined)
  }
})

t.test('skips an instance that is set aside until its pause is over', async t => {
  const { pool, instances } = build(4)
  setAside(instances[0]!, now)
  t.not(pool.pick({ key: 'abcd', now: now + 249 }), instances[0])
  t.equal(pool.pick({ key: 'abcd', now: now + 250 }), instances[0])
  t.not(pool.pick({ now: now + 249 }), instances[0])
})

t.test('moves only the sessions of the instance that is set aside, and moves them back', async t => {
  const { pool, instances } = build(4)
  const keys = Array.from({ length: 400 }, (_, i) => `session-${i}`)
  const before = keys.map(key => pool.pick({ key, now }))
  setAside(instances[2]!, now)
  for (const [i, key] of keys.entries()) {
    const after = pool.pick({ key, now })
    if (before[i] === instances[2]) t.not(after, instances[2])
    else t.equal(after, before[i])
  }
  markConnected(instances[2]!)
  t.same(keys.map(key => pool.pick({ key, now })?.id), before.map(instance => instance?.id))
})

t.test('skips an instance whose probes fail', async t => {
  const { pool, instances } = build(2)
  instances[0]!.health = { up: false, streak: 0 }
  for (const key of ['a', 'b', 'c', 'd', undefined]) t.equal(pool.pick({ key, now }), instances[1])
})

t.test('picks the only instance, and none when all are set aside or there are none', async t => {
  const { pool, instances } = build(1)
  t.equal(pool.pick({ now }), instances[0])
  t.equal(pool.pick({ key: 'abcd', now }), instances[0])
  setAside(instances[0]!, now)
  t.equal(pool.pick({ now }), undefined)
  t.equal(pool.pick({ key: 'abcd', now }), undefined)
  t.equal(build(0).pool.pick({ now }), undefined)
})

t.test('counts in and out, and never below nothing', async t => {
  const { pool, instances: [one] } = build(1)
  pool.acquire(one!)
  pool.acquire(one!)
  t.equal(one!.open, 2)
  for (const left of [1, 0, 0]) {
    pool.release(one!)
    t.equal(one!.open, left)
  }
  pool.acquire(one!)
  t.equal(one!.open, 1)
})

t.test('says how many instances are available', async t => {
  const { pool, instances } = build(3)
  t.equal(pool.availableCount(now), 3)
  setAside(instances[0]!, now)
  instances[1]!.health = { up: false, streak: 0 }
  t.equal(pool.availableCount(now), 1)
  t.equal(pool.availableCount(now + 250), 2)
})

t.test('says when the first instance is tried again', async t => {
  const { pool, instances } = build(2)
  t.equal(pool.retryAfterMs(now), 0)
  setAside(instances[0]!, now)
  t.equal(pool.retryAfterMs(now), 0, 'one is still available')
  setAside(instances[1]!, now + 100)
  t.equal(pool.retryAfterMs(now + 100), 150)
  t.equal(pool.retryAfterMs(now + 200), 50)
  t.equal(pool.retryAfterMs(now + 9_000), 0)
})

t.test('does not promise an instance whose probes fail', async t => {
  const { pool, instances } = build(2)
  instances[0]!.health = { up: false, streak: 0 }
  setAside(instances[1]!, now)
  t.equal(pool.retryAfterMs(now), 250)
  instances[1]!.health = { up: false, streak: 0 }
  t.equal(pool.retryAfterMs(now), 0, 'nothing is known')
})

t.test('lists the instances it was made of', async t => {
  const { pool, instances } = build(2)
  t.same(pool.instances, instances)
})
