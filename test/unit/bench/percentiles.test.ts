import t from 'tap'
import { percentiles } from '../../../bench/percentiles.js'

t.test('percentiles are samples, by the nearest rank, in any order of samples', async t => {
  const hundred = Float64Array.from({ length: 100 }, (_none, index) => 100 - index)
  t.same(percentiles(hundred), { p50: 50, p99: 99, max: 100 })
  t.equal(hundred[0], 100, 'what was given stays as it was')
})

t.test('one sample is every percentile, and none gives no number', async t => {
  t.same(percentiles(Float64Array.of(7)), { p50: 7, p99: 7, max: 7 })
  t.same(percentiles(new Float64Array()), { p50: NaN, p99: NaN, max: NaN })
})
