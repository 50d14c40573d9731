import t from 'tap'
import { leastTunnels } from '../../../src/balancing/least-tunnels.js'

const make = (...loads: number[]) => loads.map((open, index) => ({ id: `instance-${index}`, open }))

/** Choice by numbers that are known: each call of random takes the next one. */
function chooseScripted (available: ReturnType<typeof make>, ...numbers: number[]) {
  const left = [...numbers]
  const random = () => left.shift() ?? t.fail('asked for more random numbers than two')
  const chosen = leastTunnels(available, { key: '', random: random as () => number })
  return chosen === undefined ? undefined : available.indexOf(chosen)
}

// loads, the two random numbers, the index that is chosen
const rows = [
  ['the less loaded of the two', [5, 1, 9], [0, 0], 1],
  ['the less loaded one when it is picked first', [1, 5, 9], [0, 0], 0],
  ['the first picked of two with equal load', [3, 3, 0], [0, 0], 0],
  ['the first picked of two with equal load, the other way', [3, 3, 0], [0.4, 0.99], 1],
  ['never the third, though nothing is open there', [5, 4, 0], [0, 0], 1],
  ['one beyond the end of the list, from its start', [1, 5, 9], [0.99, 0], 0],
  ['the last one', [9, 9, 1], [0, 0.99], 2],
  ['the other of two instances', [7, 2], [0.3, 0.9], 1],
  ['the other of two instances, from the second', [2, 7], [0.99, 0.99], 0]
] as const
for (const [name, loads, numbers, index] of rows) {
  t.test(`chooses ${name}`, async t => { t.equal(chooseScripted(make(...loads), ...numbers), index) })
}

t.test('picks two distinct instances whatever the numbers, each pair alike', async t => {
  const steps = 60
  for (const count of [2, 3, 4, 5]) {
    // Loads fall along the list: a choice of index 0 would mean that it was compared with itself.
    const instances = make(...Array.from({ length: count }, (_, k) => count - k))
    const lost = new Map<number, number>()
    for (let i = 0; i < steps; i++) {
      for (let j = 0; j < steps; j++) {
        const chosen = chooseScripted(instances, i / steps, j / steps)!
        lost.set(chosen, (lost.get(chosen) ?? 0) + 1)
      }
    }
    // Index k is the lesser of two in k of the n(n-1)/2 pairs: those with an index before it.
    const onePair = steps * steps * 2 / (count * (count - 1))
    const expected = Array.from({ length: count - 1 }, (_, k) => [k + 1, (k + 1) * onePair])
    t.same([...lost].sort(), expected, `${count} instances`)
  }
})

t.test('keeps loads even: after 10,000 picks the fullest of ten holds few more than the mean', async t => {
  const instances = make(...Array<number>(10).fill(0))
  let state = 1
  const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
  for (let i = 0; i < 10_000; i++) leastTunnels(instances, { key: '', random })!.open++
  const fullest = Math.max(...instances.map(({ open }) => open))
  t.ok(fullest <= 1_010, `${fullest} at most, 1,000 on average`) // one random choice gives about 1,050
})

t.test('chooses the only instance there is, and none of none', async t => {
  for (const number of [0, 0.5, 0.999999]) {
    t.equal(chooseScripted(make(3), number, number), 0)
    t.equal(chooseScripted([], number, number), undefined)
  }
})
