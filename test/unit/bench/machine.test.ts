import t from 'tap'
import { parseCoreList } from '../../../bench/machine.js'

t.test('cores are read from ranges and single numbers', async t => {
  t.same(parseCoreList('0'), [0])
  t.same(parseCoreList('0-3'), [0, 1, 2, 3])
  t.same(parseCoreList('0-1,4,6-7'), [0, 1, 4, 6, 7])
})
