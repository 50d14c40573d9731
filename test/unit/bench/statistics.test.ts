import t from 'tap'
import { median, ratio, ratiosOf, summarize } from '../../../bench/statistics.js'

t.test('the median of an odd count is the middle one, of an even count the mean of the middle two', async t => {
  t.equal(median([9, 1, 5]), 5)
  t.equal(median([10, 9, 1, 5]), 7)
  t.equal(median([4]), 4)
  t.ok(Number.isNaN(median([])), 'there is none of nothing')
})

t.test('samples are compared as numbers, and stay in the order of their rounds', async t => {
  const samples = [100, 9, 20]
  t.same(summarize(samples), { min: 9, median: 20, max: 100 })
  t.same(samples, [100, 9, 20])
})

t.test('a ratio is told of the medians, and as the median of the rounds', async t => {
  t.same(ratio([10, 40, 30], [10, 10, 20]), { ofMedians: 3, ofRounds: 1.5 })
})

t.test('a disturbance of one round that hits both sides leaves the ratio of rounds as it was', async t => {
  t.same(ratio([20, 200, 20], [10, 100, 10]), { ofMedians: 2, ofRounds: 2 })
})

t.test('each series is compared with each other one, not with itself', async t => {
  const ratios = ratiosOf({ ours: [4], nginx: [2], haproxy: [1] })
  t.same(Object.keys(ratios.ours ?? {}), ['nginx', 'haproxy'])
  t.equal(ratios.ours?.nginx?.ofMedians, 2)
  t.equal(ratios.nginx?.ours?.ofMedians, 0.5)
  t.equal(ratios.ours?.haproxy?.ofMedians, 4)
})
