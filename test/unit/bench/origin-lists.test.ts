import t from 'tap'
import { DECISION_KINDS, originList } from '../../../bench/origin-lists.js'
import { createDecideOrigin } from '../../../src/origin/decide.js'

for (const shape of ['spread', 'one suffix'] as const) {
  t.test(`a list whose wildcards are of shape "${shape}" has its size, and its questions have the answers they are for`, async t => {
    const { entries, asked } = originList(shape, 1_000)
    t.equal(new Set(entries).size, 1_000)
    t.equal(entries.filter(entry => entry.includes('*')).length, 100)
    const { decideOrigin, allowList } = createDecideOrigin({ allowed: entries, own: [], missingOnUpgrade: 'deny' })
    t.equal(allowList.size, 1_000, 'all entries are good')
    for (const kind of DECISION_KINDS) {
      t.ok(new Set(asked[kind]).size > 0)
      const entriesMet = new Set(asked[kind].map(origin => {
        const decision = decideOrigin({ origins: [origin], fetchSites: [], door: 'http', sockjs: true })
        return decision.allowed && decision.reason === 'listed' ? wildcardOf(decision.entry) : 'none'
      }))
      t.same([...entriesMet], [{ 'exact hit': 'exact', 'wildcard hit': 'whole', 'in-label hit': 'in label', miss: 'none', 'near miss': 'none' }[kind]], kind)
    }
  })
}

function wildcardOf (entry: string) {
  if (!entry.includes('*')) return 'exact'
  return entry.startsWith('https://*.') ? 'whole' : 'in label'
}
