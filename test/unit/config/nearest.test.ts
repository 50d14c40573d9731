import t from 'tap'
import { nearest } from '../../../src/config/nearest.js'

const NAMES = ['HOST', 'PORT', 'ALLOWED_ORIGINS', 'MAX_TUNNELS', 'MAX_CONNECTIONS', 'ADMIN_HOST', 'ADMIN_PORT', 'HEALTH_CHECK_INTERVAL_MS']
const rows = [
  ['a letter left out', 'ALOWED_ORIGINS', 'ALLOWED_ORIGINS'],
  ['a letter too many', 'MAX_TUNNNELS', 'MAX_TUNNELS'],
  ['two letters left out', 'ALOWED_ORIGIN', 'ALLOWED_ORIGINS'],
  ['two letters swapped', 'PROT', 'PORT'],
  ['the last two letters swapped', 'POTR', 'PORT'],
  ['two swaps in a long name', 'LALOWED_ORIGISN', 'ALLOWED_ORIGINS'],
  ['lower case', 'max_tunnels', 'MAX_TUNNELS'],
  ['hyphens', 'health-check-interval-ms', 'HEALTH_CHECK_INTERVAL_MS'],
  ['one letter replaced in a short name', 'PORD', 'PORT'],
  ['a text that two names are near to, the nearer one', 'ADMIN_POT', 'ADMIN_PORT'],
  ['two letters replaced in a short name', 'PATH', undefined],
  ['three letters left out', 'ALOWD_ORIGIN', undefined],
  ['a letter too many before one too few', 'XPRT', undefined],
  ['nothing alike', 'DATABASE_URL', undefined],
  ['an empty text', '', undefined]
] as const
for (const [name, text, expected] of rows) {
  t.test(`${expected === undefined ? 'finds nothing for' : 'finds the name meant by'} ${name}`, async t => {
    t.equal(nearest(text, NAMES), expected)
  })
}
