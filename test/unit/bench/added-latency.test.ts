import t from 'tap'
import { addedLatency } from '../../../bench/added-latency.js'

t.test('what a proxy adds is told round by round, and direct adds nothing of its own', async t => {
  const added = addedLatency({ direct: [10, 20], gatehouse: [15, 22], nginx: [9, 30] })
  t.same(added, { gatehouse: [5, 2], nginx: [-1, 10] })
})
