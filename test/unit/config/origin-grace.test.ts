import t from 'tap'
import { parseRevokeGrace } from '../../../src/config/origin-grace.js'

const mend = 'Write such a number of digits only, or off'
const rows: ReadonlyArray<readonly [text: string, ms: number | undefined, fault?: string]> = [
  ['0', 0],
  ['5000', 5000],
  ['600000', 600000],
  ['off', undefined],
  ['600001', undefined, `'600001' is not a whole number from 0 to 600000. ${mend}`],
  ['99999999', undefined, `'99999999' is not a whole number from 0 to 600000. ${mend}`],
  ['5s', undefined, `'5s' is not a whole number from 0 to 600000. ${mend}`],
  ['-5', undefined, `'-5' is not a whole number from 0 to 600000. ${mend}`],
  ['1e3', undefined, `'1e3' is not a whole number from 0 to 600000. ${mend}`],
  ['Off', undefined, `'Off' is not a whole number from 0 to 600000. ${mend}`],
  ['never', undefined, `'never' is not a whole number from 0 to 600000. ${mend}`]
]
for (const [text, revokeGraceMs, fault] of rows) {
  t.test(`the grace '${text}' is ${fault === undefined ? String(revokeGraceMs) : 'refused'}`, async t => {
    t.same(parseRevokeGrace(text), { revokeGraceMs, faults: fault === undefined ? [] : [fault] })
  })
}
