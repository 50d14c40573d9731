import t from 'tap'
import { createOriginRanking } from '../../../src/origin/origin-ranking.js'

t.test('counts each origin, with the last reason and time, most frequent first', async t => {
  const ranking = createOriginRanking(10)
  t.equal(ranking.record('https://a.com', 'not-listed', 1), true)
  t.equal(ranking.record('https://b.com', 'not-listed', 2), true)
  t.equal(ranking.record('https://b.com', 'malformed', 3), false)
  t.same(ranking.top(5), [
    { origin: 'https://b.com', reason: 'malformed', count: 2, overcount: 0, lastSeenAt: 3 },
    { origin: 'https://a.com', reason: 'not-listed', count: 1, overcount: 0, lastSeenAt: 1 }
  ])
  t.same(ranking.top(1).map(({ origin }) => origin), ['https://b.com'])
  t.same(createOriginRanking(1).top(1), [])
})

t.test('made-up origins push out one another, not the frequent ones', async t => {
  const ranking = createOriginRanking(100)
  for (let i = 0; i < 20_000; i++) {
    ranking.record(`https://made-up-${i}.test`, 'not-listed', i)
    if (i % 10 === 0) ranking.record('https://partner.test', 'not-listed', i)
    if (i % 20 === 0) ranking.record('https://other.test', 'null', i)
  }
  const top = ranking.top(1_000)
  t.equal(top.length, 100)
  const partner = top.find(({ origin }) => origin === 'https://partner.test')
  const other = top.find(({ origin }) => origin === 'https://other.test')
  for (const [found, real] of [[partner, 2_000], [other, 1_000]] as const) {
    if (found === undefined) t.fail('a frequent origin was pushed out')
    else t.ok(found.count >= real && found.count - found.overcount <= real, JSON.stringify(found))
  }
  t.equal(top.reduce((sum, { count }) => sum + count, 0), 20_000 + 2_000 + 1_000, 'no count is lost')
})

t.test('counts exactly what a plain table would, as long as all fit', async t => {
  const ranking = createOriginRanking(50)
  const plain = new Map<string, number>()
  let seed = 7
  for (let i = 0; i < 5_000; i++) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    const origin = `https://o${(seed >> 8) % 50}.test`
    plain.set(origin, (plain.get(origin) ?? 0) + 1)
    ranking.record(origin, 'not-listed', i)
  }
  t.same(new Map(ranking.top(50).map(({ origin, count }) => [origin, count])), plain)
})
