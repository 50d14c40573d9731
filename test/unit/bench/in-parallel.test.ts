import t from 'tap'
import { inParallel } from '../../../bench/load/in-parallel.js'

const turn = () => new Promise(resolve => setImmediate(resolve))

t.test('every index is taken once, and no more than so many are under way', async t => {
  const taken: number[] = []
  let [now, most] = [0, 0]
  await inParallel(10, 3, async (index, lane) => {
    taken.push(index)
    t.ok(lane >= 0 && lane < 3)
    most = Math.max(most, ++now)
    await turn()
    now--
  })
  t.same(taken, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  t.equal(most, 3)
})

t.test('the first failure is told, and nothing is begun after it', async t => {
  const taken: number[] = []
  await t.rejects(inParallel(100, 2, async index => {
    taken.push(index)
    await turn()
    if (index === 3) throw new Error('the fourth')
  }), { message: 'the fourth' })
  await turn()
  t.ok(taken.length <= 5, `${taken.length} were begun`)
})

t.test('nothing to do is done at once', async t => {
  await inParallel(0, 4, async () => { t.fail('there is nothing') })
})
