import t from 'tap'
import { compileOwnOrigins, createDecideOrigin, createGate, type OriginQuestion } from '../../../src/origin/decide.js'
import { createTrial } from '../../../src/origin/trial.js'

const gate = (...allowed: string[]) => createDecideOrigin({ allowed, own: [], missingOnUpgrade: 'allow' }).decideOrigin
const asked = (...origins: string[]): OriginQuestion => ({ origins, fetchSites: [], door: 'http', sockjs: true })

t.test('counts what the candidate would decide differently, and tells each origin once', async t => {
  const enforced = gate('https://a.com', 'https://b.com')
  const trial = createTrial(gate('https://b.com', 'https://*.c.com'), 10)
  const observe = (question: OriginQuestion, at: number) => trial.observe(question, enforced(question), at)

  t.same(observe(asked('https://a.com'), 1), { origin: 'https://a.com', would: 'refuse' })
  t.equal(observe(asked('https://a.com'), 2), undefined)
  t.same(observe(asked('https://x.c.com'), 3), { origin: 'https://x.c.com', would: 'allow', entry: 'https://*.c.com' })
  t.equal(observe(asked('https://b.com'), 4), undefined)
  t.equal(observe(asked('https://evil.test'), 5), undefined)
  t.equal(observe(asked(), 6), undefined)
  t.equal(observe(asked('https://a.com', 'https://x.c.com'), 7), undefined, 'both refuse a doubled Origin')
  t.same(trial.counts(10), {
    same: 3,
    wouldAllow: 1,
    wouldRefuse: 2,
    failed: 0,
    differing: [
      { origin: 'https://a.com', reason: 'would-refuse', count: 2, overcount: 0, lastSeenAt: 2 },
      { origin: 'https://x.c.com', reason: 'would-allow', count: 1, overcount: 0, lastSeenAt: 3 }
    ]
  })
  t.equal(trial.counts(1).differing.length, 1)
})

t.test('a candidate that crashes would neither allow nor refuse', async t => {
  const cause = new Error('no table')
  const crashes = createGate({
    policy: { match: () => { throw cause } }, own: compileOwnOrigins([]).allowList, missingOnUpgrade: 'allow'
  })
  const trial = createTrial(crashes, 10)
  for (const enforced of [gate('https://a.com'), gate()]) {
    const question = asked('https://a.com')
    t.same(trial.observe(question, enforced(question), 1), { origin: 'https://a.com', cause })
  }
  t.same(trial.counts(10), { same: 0, wouldAllow: 0, wouldRefuse: 0, failed: 2, differing: [] })
})
