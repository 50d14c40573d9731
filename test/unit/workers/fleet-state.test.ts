import t from 'tap'
import { ERR_WORKER_UNAVAILABLE } from '../../../src/errors.js'
import type { Question } from '../../../src/workers/messages.js'
import { fleetState, reloadAll } from '../../../src/workers/fleet-state.js'
import { fakeWorker } from '../../helper/fake-worker.js'

const GONE = new ERR_WORKER_UNAVAILABLE()
const stateOf = (...workers: Array<Partial<Record<Question, unknown>>>) =>
  fleetState(() => workers.map((answers, index) => fakeWorker(100 + index, answers)), 1_000)

t.test('what all count is told of those that answer', async t => {
  const upstreams = { draining: false, tunnels: 2, instances: [] }
  t.match(await stateOf({ upstreams }, { upstreams: GONE }, { upstreams }).upstreams(), { tunnels: 4 })
  const decisions = { allowed: 1, refused: {}, revoked: 0 }
  t.match(await stateOf({ decisions }, { decisions }).decisions(), { allowed: 2 })
})

t.test('what each knows is told by the first, or by the second when the first is gone', async t => {
  const explain = { origin: 'https://a.test', allowed: true }
  t.match(await stateOf({ explain }, { explain: GONE }).explain({ origin: 'https://a.test' }), explain)
  t.match(await stateOf({ explain: GONE }, { explain }).explain({ origin: 'https://a.test' }), explain)
  const gone = { origins: GONE }
  await t.rejects(stateOf(gone, gone, { origins: {} }).origins({ limit: 1, offset: 0 }), GONE)
})

t.test('without a worker that answers, all is 503', async t => {
  for (const state of [stateOf(), stateOf({ upstreams: GONE, refused: GONE, explain: GONE, reload: GONE })]) {
    const asked = [
      () => state.upstreams(), () => state.refused(1), () => state.explain({ origin: 'null' }), () => state.reload()
    ]
    for (const ask of asked) {
      await t.rejects(async () => { await ask() }, { code: 'ERR_WORKER_UNAVAILABLE', statusCode: 503 })
    }
  }
})

const row = (origin: string, count: number, reason = 'not-listed') =>
  ({ origin, reason, count, overcount: 0, lastSeenAt: count })

t.test('rankings are one ranking, cut where asked', async t => {
  const state = stateOf({ refused: [row('a', 3), row('b', 2)] }, { refused: [row('b', 2)] })
  t.match(await state.refused(1), [{ origin: 'b', count: 4 }])
  t.equal((await state.refused(1)).length, 1)
})

t.test('trials are added up; an origin that differs both ways has two rows', async t => {
  const trial = { configured: true, same: 1, wouldAllow: 2, wouldRefuse: 3, failed: 4 }
  const state = stateOf(
    { trial: { ...trial, differing: [row('a', 2, 'would-allow'), row('a', 1, 'would-refuse')] } },
    { trial: { ...trial, differing: [row('a', 2, 'would-allow')] } })
  t.match(await state.trial(10), {
    configured: true,
    same: 2,
    wouldAllow: 4,
    wouldRefuse: 6,
    failed: 8,
    differing: [{ origin: 'a', reason: 'would-allow', count: 4 }, { reason: 'would-refuse', count: 1 }]
  })
})

t.test('a reload is good when every worker says so; each failure is told once, silence is one', async t => {
  const good = { ok: true, failed: [], generation: 2, total: 3, sources: [] }
  const failed = [{ source: 'file:a', cause: 'gone' }]
  const bad = { ...good, ok: false, failed }
  t.same(await stateOf({ reload: good }, { reload: good }).reload(), good)
  t.same(await stateOf({ reload: bad }, { reload: bad }, { reload: good }).reload(), bad)
  t.match(await stateOf({ reload: good }, { reload: GONE }).reload(),
    { ok: false, generation: 2, failed: [{ source: 'worker 101', cause: /No worker of the gateway/ }] })
})

t.test('a reload that no worker hears of is a failure to tell, and no fault', async t => {
  t.match(await reloadAll(stateOf()), [{ source: 'workers', cause: /No worker of the gateway/ }])
  const failed = [{ source: 'file:a', cause: 'gone' }]
  t.same(await reloadAll(stateOf({ reload: { ok: false, failed } })), failed)
})
