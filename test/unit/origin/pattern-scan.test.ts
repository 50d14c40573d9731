import t from 'tap'
import { compileHostPattern } from '../../../src/origin/host-pattern.js'
import { createPatternIndex, type IndexedEntry } from '../../../src/origin/pattern-index.js'
import { serializeOrigin, type ParsedOrigin } from '../../../src/origin/origin.js'
import { seededRandom } from '../../helper/seeded-random.js'

/** What the index has to find, by asking every entry: of those with the shortest suffix, the first one. */
function scan (entries: readonly IndexedEntry[], { scheme, host, port }: ParsedOrigin): string | undefined {
  const depthOf = (entry: IndexedEntry) => compileHostPattern(entry.host).suffix.split('.').length
  return entries
    .filter(entry => entry.scheme === scheme && (entry.ports === 'any' || entry.ports.includes(port)))
    .filter(entry => {
      const { suffix, matches } = compileHostPattern(entry.host)
      return (host === suffix || host.endsWith(`.${suffix}`)) && matches(host)
    })
    .sort((a, b) => depthOf(a) - depthOf(b))[0]?.entry
}

// Few letters and short texts, so that much agrees, overlaps and has two ways to agree.
const PATTERN_LABELS = ['*', '*', '*', 'a*', '*a', 'a*b', 'ab*', '*ab', 'a*a*b', '*b*', 'a*ba*b', '*a*b*', 'aa*a', 'a', 'b', 'ab']
const HOST_LABELS = ['a', 'b', 'ab', 'aa', 'aab', 'abab', 'ba', 'aba', 'bb', 'aabab']
const PORTS = ['', '1', '2']

for (const seed of [1, 20_261_122]) {
  t.test(`finds what a scan of all entries finds, in lists made from the number ${seed}`, async t => {
    const random = seededRandom(seed)
    const below = (bound: number) => Math.floor(random() * bound)
    const pick = <T>(from: readonly T[]) => from[below(from.length)]!
    const host = (labels: readonly string[], depth: number) =>
      [...Array.from({ length: depth }, () => pick(labels)), 'example', ...(below(9) === 0 ? [''] : [])].join('.')
    let found = 0
    for (let list = 0; list < 1_500; list++) {
      const entries = Array.from({ length: 1 + below(12) }, (_, order): IndexedEntry => ({
        entry: `entry ${order}`,
        scheme: pick(['http', 'https']),
        host: host(PATTERN_LABELS, below(6)),
        ports: below(3) === 0 ? 'any' : [pick(PORTS), pick(PORTS)]
      }))
      const index = createPatternIndex()
      for (const entry of entries) index.add(entry)
      for (let times = 0; times < 10; times++) {
        const origin = serializeOrigin(pick(['http', 'https']), host(HOST_LABELS, below(7)), pick(PORTS))
        const expected = scan(entries, origin)
        if (expected !== undefined) found++
        const actual = index.find(origin)
        if (actual !== expected) t.fail(`${origin.origin}: ${actual}`, { expected, entries })
      }
    }
    t.ok(found > 1_000 && found < 14_000, `${found} of 15,000 were found`)
  })
}
