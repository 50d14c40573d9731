import { availableParallelism } from 'node:os'
import t from 'tap'
import { parseWorkers } from '../../../src/config/worker-count.js'

const mend = 'Write such a number of digits only, or auto'
const rows: ReadonlyArray<readonly [text: string, workers: number]> = [
  ['1', 1], ['2', 2], ['256', 256], ['auto', Math.min(availableParallelism(), 256)]
]
for (const [text, workers] of rows) {
  t.test(`WORKERS '${text}' is ${text === 'auto' ? 'one a core' : workers}`, async t => {
    t.same(parseWorkers(text), { workers, faults: [] })
  })
}

for (const text of ['0', '257', '1000', '-1', '1.5', '2e1', 'Auto', 'all', '2 workers']) {
  t.test(`WORKERS '${text}' is refused`, async t => {
    t.same(parseWorkers(text), { workers: 1, faults: [`'${text}' is not a whole number from 1 to 256. ${mend}`] })
  })
}
