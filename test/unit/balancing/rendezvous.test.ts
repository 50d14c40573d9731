import t from 'tap'
import { rendezvous } from '../../../src/balancing/rendezvous.js'

const random = () => { throw new Error('rendezvous leaves nothing to chance') }
const make = (...ids: string[]) => ids.map(id => ({ id, open: 0 }))
const choose = (available: ReturnType<typeof make>, key: string) => rendezvous(available, { key, random })
const four = make('http://chat-1:8080', 'http://chat-2:8080', 'http://chat-3:8080', 'http://chat-4:8080')

// Worked out by another program from the published definitions of FNV-1a and fmix32. A change here would move
// every open session while replicas of two versions run side by side.
const pinned = [
  ['abcd', 'http://chat-1:8080'],
  ['0vm3yzcq', 'http://chat-2:8080'],
  ['hello', 'http://chat-3:8080'],
  ['session-1', 'http://chat-4:8080'],
  ['세션', 'http://chat-4:8080'],
  ['A'.repeat(64), 'http://chat-2:8080'],
  ['', 'http://chat-2:8080']
] as const
for (const [key, id] of pinned) {
  t.test(`sends the key '${key.slice(0, 10)}' to ${id} on every replica`, async t => {
    t.equal(choose(four, key)?.id, id)
    t.equal(choose([...four].reverse(), key)?.id, id, 'in any order of instances')
  })
}

const keyings = [
  ['random-looking', (i: number) => (Math.imul(i + 1, 0x9e3779b1) >>> 0).toString(36)],
  ['counted', (i: number) => `session-${i}`],
  ['numeric', (i: number) => String(i)]
] as const
for (const [name, keyOf] of keyings) {
  t.test(`gives each of four instances a quarter of 20,000 ${name} keys, within a tenth`, async t => {
    const counts = new Map(four.map(({ id }) => [id, 0]))
    for (let i = 0; i < 20_000; i++) {
      const { id } = choose(four, keyOf(i))!
      counts.set(id, counts.get(id)! + 1)
    }
    for (const [id, count] of counts) t.ok(count >= 4_500 && count <= 5_500, `${id}: ${count}`)
  })
}

t.test('moves only the keys of an instance that leaves, and spreads them over the others', async t => {
  const gone = four[1]!
  const rest = four.filter(instance => instance !== gone)
  const heirs = new Map(rest.map(({ id }) => [id, 0]))
  let moved = 0
  let kept = 0
  for (let i = 0; i < 20_000; i++) {
    const before = choose(four, `key-${i}`)!
    const after = choose(rest, `key-${i}`)!
    if (before === gone) {
      moved++
      heirs.set(after.id, heirs.get(after.id)! + 1)
    } else if (after === before) {
      kept++
    }
  }
  t.equal(moved + kept, 20_000)
  for (const [id, count] of heirs) t.ok(Math.abs(count - moved / 3) < moved / 30, `${id} inherits ${count} of ${moved}`)
})

t.test('takes over only what an instance that joins wins, about a fifth', async t => {
  const joined = { id: 'http://chat-5:8080', open: 0 }
  let won = 0
  for (let i = 0; i < 20_000; i++) {
    const after = choose([...four, joined], `key-${i}`)
    if (after === joined) won++
    else if (after !== choose(four, `key-${i}`)) t.fail(`key-${i} moved between old instances`)
  }
  t.ok(won >= 3_600 && won <= 4_400, `${won} keys`)
})

t.test('ignores the load', async t => {
  const busy = four.map(instance => ({ ...instance, open: instance.id === 'http://chat-1:8080' ? 10_000 : 0 }))
  t.equal(choose(busy, 'abcd')?.id, 'http://chat-1:8080')
})

t.test('breaks a tie by the lower id', async t => {
  // Two texts with one FNV-1a hash (a known collision), so that their weights are equal for each key.
  const tied = make('liquid', 'costarring')
  for (const key of ['a', 'b', 'c', 'd']) {
    t.equal(choose(tied, key)?.id, 'costarring')
    t.equal(choose([...tied].reverse(), key)?.id, 'costarring')
  }
})

t.test('chooses the only instance there is, and none of none', async t => {
  const [only] = make('http://chat-1:8080')
  t.equal(choose([only!], 'abcd'), only)
  t.equal(choose([], 'abcd'), undefined)
})
