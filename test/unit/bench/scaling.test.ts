import t from 'tap'
import { scalingOf } from '../../../bench/scaling.js'

t.test('two workers that cost what one does, and share evenly, answer twice as much', async t => {
  t.equal(scalingOf(100, [0, 50, 50]), 2)
})

t.test('what the processes cost beyond one takes from it', async t => {
  t.equal(scalingOf(100, [20, 50, 55]), 1.6)
})

t.test('the busiest process limits it when work is shared unevenly', async t => {
  t.equal(scalingOf(100, [0, 80, 20]), 1.25)
})
