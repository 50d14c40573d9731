import t from 'tap'
import { createInstance, isAvailable, markConnected, pauseMs, setAside } from '../../../src/upstream/instance.js'

const create = () => createInstance('http://chat-1:8080', { url: 'http://chat-1:8080' })

t.test('starts in service, with nothing open and the payload it was given', async t => {
  const upstream = { url: 'http://chat-1:8080' }
  const instance = createInstance('one', upstream)
  t.same(instance, { id: 'one', upstream, open: 0, failures: 0, asideUntil: 0, health: { up: true, streak: 0 } })
  t.equal(instance.upstream, upstream)
  t.equal(isAvailable(instance, 0), true)
})

const pauses = [
  [-1, 0], [0, 0], [1, 250], [2, 500], [3, 1_000], [4, 2_000], [5, 4_000], [6, 8_000], [7, 16_000],
  [8, 30_000], [9, 30_000], [100, 30_000], [5_000, 30_000]
] as const
for (const [failures, ms] of pauses) {
  t.test(`pauses ${ms} ms after ${failures} failures in a row`, async t => { t.equal(pauseMs(failures), ms) })
}

t.test('sets an instance aside for pauses that double up to 30 s', async t => {
  const instance = create()
  const seen: number[] = []
  let now = 1_000
  for (let i = 0; i < 10; i++) {
    t.equal(setAside(instance, now), true)
    seen.push(instance.asideUntil - now)
    t.equal(isAvailable(instance, instance.asideUntil - 1), false)
    t.equal(isAvailable(instance, instance.asideUntil), true, 'tried again when the pause is over')
    now = instance.asideUntil
  }
  t.same(seen, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
})

t.test('counts failures within one pause once', async t => {
  const instance = create()
  t.equal(setAside(instance, 1_000), true)
  for (const now of [1_000, 1_001, 1_100, 1_249]) t.equal(setAside(instance, now), false)
  t.match(instance, { failures: 1, asideUntil: 1_250 })
  t.equal(setAside(instance, 1_250), true)
  t.match(instance, { failures: 2, asideUntil: 1_750 })
})

t.test('counts attempts that began before the pause once, however late they fail', async t => {
  const instance = create()
  setAside(instance, 3_000, 1_000)
  t.equal(setAside(instance, 3_900, 1_900), false, 'began before the instance was set aside')
  t.equal(setAside(instance, 5_200, 3_249), false, 'began within the pause')
  t.match(instance, { failures: 1, asideUntil: 3_250 })
  t.equal(setAside(instance, 5_250, 3_250), true, 'began after it')
  t.match(instance, { failures: 2, asideUntil: 5_750 })
})

t.test('is back in service with the shortest pause ahead after a connect', async t => {
  const instance = create()
  for (const now of [1_000, 2_000, 3_000]) setAside(instance, now)
  t.equal(isAvailable(instance, 3_100), false)
  markConnected(instance)
  t.match(instance, { failures: 0, asideUntil: 0 })
  t.equal(isAvailable(instance, 3_100), true)
  setAside(instance, 3_100)
  t.equal(instance.asideUntil, 3_350)
})

t.test('is not available while its probes fail, aside or not', async t => {
  const instance = create()
  instance.health = { up: false, streak: 0 }
  t.equal(isAvailable(instance, 1_000), false)
  markConnected(instance)
  t.equal(isAvailable(instance, 1_000), false)
})
