import { readFileSync } from 'node:fs'
import t from 'tap'
import { AllowListError } from '../../../src/origin/allow-list.js'
import { createDecideOrigin, type OriginQuestion } from '../../../src/origin/decide.js'
import { lintEntry, splitEntries } from '../../../src/origin/entry.js'

interface OriginRow { list: string[], origin: string, expect: 'allow' | 'deny', why: string }
interface AbsentRow {
  method: string
  path: string
  upgrade: boolean
  origin: string | null
  secFetchSite: string | null
  expect: 'allow' | 'deny'
  why: string
}

const load = (name: string): unknown =>
  JSON.parse(readFileSync(`test/unit/origin/vectors/${name}.json`, 'utf8'))
const originRows = load('origins') as OriginRow[]
const absentRows = load('absent-origin') as AbsentRow[]

const create = (allowed: string[]) => createDecideOrigin({ allowed, own: [], missingOnUpgrade: 'allow' })

const isRefused = (list: readonly string[]): boolean =>
  list.flatMap(splitEntries).some(entry => lintEntry(entry).verdict === 'reject')

t.test('there are rows that allow and rows that deny, in both files', async t => {
  for (const rows of [originRows, absentRows]) {
    t.strictSame([...new Set(rows.map(row => row.expect))].sort(), ['allow', 'deny'])
  }
})

for (const { list, origin, expect, why } of originRows) {
  const title = `[${list.join(' ')}] and ${JSON.stringify(origin)}: ${expect}, ${why}`
  const entries = list.flatMap(splitEntries)
  if (isRefused(list)) {
    // A list that stops the boot allows nothing: the deny of such a row.
    t.test(title, async t => {
      t.equal(expect, 'deny')
      t.throws(() => create(entries), AllowListError)
    })
    continue
  }
  t.test(title, async t => {
    const { decideOrigin } = create(entries)
    for (const door of ['http', 'preflight', 'upgrade'] as const) {
      const decision = decideOrigin({ origins: [origin], fetchSites: [], door, sockjs: true })
      t.equal(decision.allowed, expect === 'allow', door)
      if (decision.allowed) t.match(decision, { reason: 'listed', origin })
    }
  })
}

t.test('one list alone is refused as a whole', async t => {
  const refused = originRows.map(({ list }) => list).filter(isRefused)
  t.strictSame(refused, [['example.com']])
})

/** Rows whose refusal is not the gate's: SOCKJS_TRANSPORTS switches a transport off by its path alone. */
const isDecidedElsewhere = ({ path, secFetchSite }: AbsentRow): boolean =>
  secFetchSite === null && /\/jsonp$/.test(path)

for (const row of absentRows.filter(row => !isDecidedElsewhere(row))) {
  const { method, path, upgrade, origin, secFetchSite, expect, why } = row
  const sent = `${origin === null ? 'no Origin' : `Origin "${origin}"`}, Sec-Fetch-Site ${secFetchSite ?? 'absent'}`
  t.test(`${upgrade ? 'upgrade' : method} ${path}, ${sent}: ${expect}, ${why || 'another site\'s probe'}`, async t => {
    const question: OriginQuestion = {
      origins: origin === null ? [] : [origin],
      fetchSites: secFetchSite === null ? [] : [secFetchSite],
      door: upgrade ? 'upgrade' : method === 'OPTIONS' ? 'preflight' : 'http',
      sockjs: true
    }
    t.equal(create([]).decideOrigin(question).allowed, expect === 'allow')
  })
}

t.test('one row alone is left to the transport switch', async t => {
  t.strictSame(absentRows.filter(isDecidedElsewhere).map(({ why }) => why), ['transport off by default'])
})
