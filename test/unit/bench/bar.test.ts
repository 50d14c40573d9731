import t from 'tap'
import { describeBar, judgeBar } from '../../../bench/bar.js'

const series = { gatehouse: [30, 50, 40], nginx: [10, 10, 12] }

t.test('a bar against a peer is held against the ratio of medians', async t => {
  t.same(judgeBar({ against: 'nginx', atMost: 4 }, series), { against: 'nginx', atMost: 4, value: 4, verdict: 'met' })
  t.match(judgeBar({ against: 'nginx', atMost: 3.9 }, series), { value: 4, verdict: 'not met' })
})

t.test('a bar without a peer is held against the median', async t => {
  t.match(judgeBar({ atMost: 40 }, series), { value: 40, verdict: /^met$/ })
  t.match(judgeBar({ atMost: 39 }, series), { value: 40, verdict: 'not met' })
})

t.test('a bar may ask for a least value, and for another series', async t => {
  t.match(judgeBar({ of: 'nginx', atLeast: 10 }, series), { value: 10, verdict: /^met$/ })
  t.match(judgeBar({ of: 'nginx', atLeast: 11 }, series), { value: 10, verdict: 'not met' })
})

t.test('a bar is not measured when one of its sides is missing', async t => {
  const notMeasured = { value: undefined, verdict: 'not measured' }
  t.match(judgeBar({ against: 'haproxy', atMost: 4 }, series), notMeasured)
  t.match(judgeBar({ atMost: 4 }, { nginx: [1] }), notMeasured)
})

t.test('figures that are no number meet no bar', async t => {
  t.match(judgeBar({ atMost: 4 }, { gatehouse: [] }), { verdict: 'not met' })
})

t.test('a bar is told in words', async t => {
  t.equal(describeBar({ against: 'nginx', atMost: 1.25 }, 'µs'), 'at most 1.25 x nginx')
  t.equal(describeBar({ atMost: 10 }, 'KiB'), 'at most 10 KiB')
  t.equal(describeBar({ of: 'two workers', against: 'one worker', atLeast: 1.7 }, 'requests/s'),
    'two workers: at least 1.7 x one worker')
})
