import t from 'tap'
import { describeOutcome } from '../../../bench/outcome.js'

t.test('the outcome is TAP with a count that ends it', async t => {
  t.equal(describeOutcome({ info: undefined, echo: 'Error: lost\n    at load', soak: undefined }), [
    'ok 1 - info',
    'not ok 2 - echo',
    '  # Error: lost',
    '  #     at load',
    'ok 3 - soak',
    '1..3',
    '# { total: 3, pass: 2, fail: 1 }'
  ].join('\n'))
})
