import t from 'tap'
import { flatness } from '../../../bench/flatness.js'

/** 100 samples that zigzag by 4, as memory does between two collections. */
const series = (level: (index: number) => number) =>
  Array.from({ length: 100 }, (_none, index) => level(index) + (index % 2) * 4)

t.test('a level series is flat, whatever it did while it warmed up', async t => {
  t.equal(flatness(series(() => 120), 8).isFlat, true)
  t.equal(flatness(series(index => index < 30 ? 60 + index * 2 : 120), 8).isFlat, true)
})

t.test('a series that gains steadily is not flat, and the gain is told', async t => {
  const { drift, growth, isFlat } = flatness(series(index => 100 + index), 8)
  t.ok(Math.abs(drift - 49) < 0.5, `a line through 50 samples gains about 49, not ${drift}`)
  t.equal(growth, 60)
  t.equal(isFlat, false)
})

t.test('a step in the middle is seen, although the second half is level', async t => {
  const { drift, isFlat } = flatness(series(index => index < 50 ? 100 : 120), 8)
  t.ok(drift < 1, `the second half gains ${drift}`)
  t.equal(isFlat, false)
})

t.test('a second half that climbs is seen, although it ends no higher than memory was before', async t => {
  const { growth, isFlat } = flatness(series(index => index < 50 ? 120 : index), 8)
  t.ok(growth < 0, `the last tenth is ${growth} above the fourth`)
  t.equal(isFlat, false)
})

t.test('a rise in the second half that falls back before its end is level again', async t => {
  t.equal(flatness(series(index => index > 60 && index < 75 ? 140 : 120), 8).isFlat, true)
})

t.test('a series that shrinks is flat', async t => {
  t.equal(flatness(series(index => 200 - index), 8).isFlat, true)
})

t.test('fewer than 20 samples are refused', async t => {
  t.throws(() => flatness(new Array(19).fill(1), 8), RangeError)
  t.equal(flatness(new Array(20).fill(1), 8).isFlat, true)
})
