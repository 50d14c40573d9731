import t from 'tap'
import type { RankedOrigin } from '../../../src/origin/origin-ranking.js'
import { mergeDecisions, mergeFailures, mergeRankings, mergeUpstreams, sum } from '../../../src/workers/merge.js'

const instance = { id: 'http://a', available: true, healthy: true, failures: 0, open: 1 }
const ill = { ...instance, available: false, healthy: false, failures: 3, open: 2 }

t.test('counts are added up, and an instance is available when one worker finds it so', async t => {
  const other = { ...ill, id: 'http://b' }
  t.same(mergeUpstreams([
    { draining: false, tunnels: 2, instances: [ill, other] },
    { draining: true, tunnels: 3, instances: [instance, other] }
  ]), {
    draining: true,
    tunnels: 5,
    instances: [
      { id: 'http://a', available: true, healthy: true, failures: 3, open: 3 },
      { id: 'http://b', available: false, healthy: false, failures: 3, open: 4 }
    ]
  })
})

t.test('decisions are added up, each reason for itself', async t => {
  t.same(mergeDecisions([
    { allowed: 1, refused: { 'not-listed': 2 }, revoked: 1 },
    { allowed: 2, refused: { 'not-listed': 3, null: 1 }, revoked: 0 }
  ]), { allowed: 3, refused: { 'not-listed': 5, null: 1 }, revoked: 1 })
})

const row = (origin: string, count: number, more: Partial<RankedOrigin> = {}): RankedOrigin =>
  ({ origin, reason: 'not-listed', count, overcount: 0, lastSeenAt: count, ...more })
const merge = (rankings: RankedOrigin[][], size = 1_000, limit = 100) =>
  mergeRankings(rankings, { size, limit, keyOf: ({ origin }) => origin })

t.test('one origin in several rankings is one row: the counts added, the newest reason and time', async t => {
  t.same(merge([
    [row('a', 5, { lastSeenAt: 10 }), row('b', 3)],
    [row('b', 4), row('a', 1, { reason: 'null', lastSeenAt: 20 })]
  ]), [row('b', 7, { lastSeenAt: 4 }), row('a', 6, { reason: 'null', lastSeenAt: 20 })])
})

t.test('the most frequent come first, and no more than asked for', async t => {
  t.same(merge([[row('a', 1), row('b', 2)], [row('c', 3)]], 1_000, 2).map(({ origin }) => origin), ['c', 'b'])
  t.same(merge([]), [])
})

t.test('what a full ranking has left out may have been as frequent as its last, and is counted so', async t => {
  const full = [row('a', 9), row('b', 4, { overcount: 3 })]
  const merged = merge([full, [row('c', 5), row('a', 1)]], 2)
  t.same(merged.map(({ origin, count, overcount }) => ({ origin, count, overcount })), [
    { origin: 'a', count: 10, overcount: 0 },
    { origin: 'c', count: 9, overcount: 4 }, // 4 of the first at most, 1 of which it is not known by whom
    { origin: 'b', count: 5, overcount: 4 }
  ].sort((a, b) => b.count - a.count))
  for (const { count, overcount } of merged) t.ok(count - overcount >= 0)
})

t.test('rows differ by what their key says', async t => {
  const rows = [row('a', 2, { reason: 'would-allow' }), row('a', 1, { reason: 'would-refuse' })]
  t.same(mergeRankings([rows], { size: 10, limit: 10, keyOf: ({ origin, reason }) => origin + reason }), rows)
})

t.test('a source that fails in every worker is told once', async t => {
  const failed = { source: 'file:a', cause: 'gone' }
  t.same(mergeFailures([failed, { ...failed }, { ...failed, cause: 'empty' }]), [failed, { ...failed, cause: 'empty' }])
})

t.test('the sum of nothing is 0', async t => {
  t.equal(sum([]), 0)
  t.equal(sum([1, 2, 3]), 6)
})
