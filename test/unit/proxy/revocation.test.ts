import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { createRevocation, endWithinMs, type Held, type Revoked } from '../../../src/proxy/revocation.js'

const HELD: Held = { origin: 'https://a.test', host: 'gateway.test', door: 'upgrade' }

/** A book over a list that the test changes; what it asks and what it tells is kept. */
function openBook (graceMs = 1_000) {
  const refused = new Set<string>()
  const asked: Held[] = []
  const revoked: Revoked[] = []
  const book = createRevocation({
    graceMs,
    isAllowed: held => {
      asked.push(held)
      return !refused.has(held.origin) && !refused.has(held.host)
    },
    now: () => performance.now(),
    onRevoked: each => revoked.push(each)
  })
  return { ...book, refused, asked, revoked }
}

/** The next turn of the event loop, and what a check does in it. */
async function nextTurn (): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
  await new Promise(resolve => setImmediate(resolve))
}

t.test('ends what is open of a refused origin once, in a later turn, and nothing else', async t => {
  const { hold, check, refused, revoked, asked } = openBook()
  const ended: string[] = []
  for (let i = 0; i < 3; i++) hold(HELD, () => ended.push('a'))
  hold({ ...HELD, origin: 'https://b.test' }, () => ended.push('b'))
  hold({ ...HELD, door: 'http' }, () => ended.push('stream of a'))
  refused.add('https://a.test')
  check()
  t.same(ended, [])
  await nextTurn()
  t.same(ended, ['stream of a', 'a', 'a', 'a'])
  t.same(revoked, [
    { origin: 'https://a.test', door: 'http', count: 1 },
    { origin: 'https://a.test', door: 'upgrade', count: 3 }
  ])
  t.equal(asked.length, 3, 'one question for each origin and door')
})

t.test('keeps no trace of what was released, or ended', async t => {
  const { hold, check, size, refused, asked } = openBook(0)
  const releases = ['x.test', 'x.test', 'y.test'].map(host => hold({ ...HELD, host }, () => t.fail('it was released')))
  t.equal(size(), 1)
  for (const release of releases) release()
  t.equal(size(), 0)
  check()
  await nextTurn()
  t.same(asked, [])
  const release = hold(HELD, () => {})
  refused.add(HELD.origin)
  check()
  await delay(20)
  t.equal(size(), 0)
  release()
  t.equal(size(), 0)
})

t.test('keeps what came after an end, when what was ended is released late', async t => {
  const { hold, check, size, refused, asked } = openBook(0)
  for (const others of [['other.test'], []]) {
    const releaseOthers = others.map(host => hold({ ...HELD, host }, () => t.fail('its Host is allowed')))
    const release = hold(HELD, () => {})
    refused.add(HELD.host)
    check()
    await delay(20)
    refused.clear()
    const again = hold(HELD, () => t.fail('it was let in later'))
    release()
    release()
    asked.length = 0
    check()
    await delay(20)
    t.equal(asked.filter(({ host }) => host === HELD.host).length, 1)
    for (const each of [again, ...releaseOthers]) each()
    t.equal(size(), 0)
  }
})

t.test('ends nothing that was released by another end of the same check', async t => {
  const { hold, check, refused, revoked } = openBook()
  let release = () => {}
  hold(HELD, () => release())
  release = hold(HELD, () => t.fail('it was released'))
  refused.add(HELD.origin)
  check()
  await nextTurn()
  t.match(revoked, [{ count: 1 }])
})

t.test('judges each Host by itself, and reports an origin once', async t => {
  const { hold, check, refused, revoked } = openBook()
  const ended: string[] = []
  for (const host of ['x.test', 'y.test', 'z.test', 'x.test']) hold({ ...HELD, host }, () => ended.push(host))
  refused.add('x.test').add('z.test')
  check()
  await nextTurn()
  t.same(ended, ['x.test', 'x.test', 'z.test'])
  t.same(revoked, [{ origin: HELD.origin, door: 'upgrade', count: 3 }])
})

t.test('looks at 1,000 changes a second a few times only, and at the last one of them', async t => {
  const { hold, check, refused, asked, revoked } = openBook(5_000)
  hold(HELD, () => {})
  const until = performance.now() + 450
  while (performance.now() < until) {
    for (let i = 0; i < 10; i++) check()
    await delay(1)
  }
  t.ok(asked.length >= 2 && asked.length <= 6, `${asked.length} checks in 450 ms`)
  refused.add(HELD.origin)
  check()
  while (revoked.length === 0) await delay(5)
  t.ok(performance.now() - until < 300)
})

t.test('lets requests in between while it ends 10,000 tunnels of 10,000 Hosts', async t => {
  const { hold, check, refused, revoked } = openBook()
  let ended = 0
  for (let i = 0; i < 10_000; i++) hold({ ...HELD, host: `${i}.test` }, () => { ended++ })
  refused.add(HELD.origin)
  check()
  const seen: number[] = []
  while (revoked.length === 0) {
    await new Promise(resolve => setImmediate(resolve))
    seen.push(ended)
  }
  t.equal(ended, 10_000)
  t.ok(seen.length > 40 && seen.every((count, i) => count - (seen[i - 1] ?? 0) <= 200), 'at most 200 a turn')
  t.same(revoked, [{ origin: HELD.origin, door: 'upgrade', count: 10_000 }])
})

t.test('judges again what a check under way has seen already when the list changes meanwhile', async t => {
  const { hold, check, refused, revoked } = openBook(0)
  const ended = new Promise<void>(resolve => { hold(HELD, resolve) })
  for (let i = 0; i < 10_000; i++) hold({ ...HELD, origin: `https://${i}.test` }, () => {})
  check()
  await nextTurn()
  t.same(revoked, [])
  refused.add(HELD.origin)
  check()
  await ended
})

t.test('ends those that come while it works, once their origin is refused, too', async t => {
  const { hold, check, refused, revoked } = openBook(0)
  refused.add(HELD.origin)
  for (let i = 0; i < 500; i++) hold(HELD, () => {})
  check()
  await nextTurn()
  const ended = new Promise<void>(resolve => { hold(HELD, resolve) }) // let in by the list as it was
  check()
  await ended
  const total = () => revoked.reduce((sum, { count }) => sum + count, 0)
  while (total() < 500) await nextTurn() // an origin is told of when all of it is ended
  t.equal(total(), 501)
})

t.test('ends nothing more once it is closed', async t => {
  const { hold, check, close, refused, revoked } = openBook()
  let ended = 0
  for (let i = 0; i < 500; i++) hold(HELD, () => { ended++ })
  refused.add(HELD.origin)
  check()
  await nextTurn()
  close()
  t.ok(ended > 0 && ended < 500)
  const before = ended
  check()
  await delay(150)
  t.equal(ended, before)
  t.same(revoked, [])
  const idle = openBook()
  idle.hold(HELD, () => {})
  idle.close()
  idle.check()
  await nextTurn()
  t.same(idle.asked, [])
  const waiting = openBook()
  waiting.check()
  await nextTurn()
  waiting.check() // waits for its time
  waiting.close()
})

t.test('keeps a tenth of the grace for the closing', async t => {
  t.equal(endWithinMs(5_000), 4_500)
  t.equal(endWithinMs(1), 0)
  t.equal(endWithinMs(0), 0)
})
