import t from 'tap'
import { judge } from './judge.js'
import type { Outcome } from './run.js'

const row = { name: 'a row', run: async () => {} }
const yes: Outcome = { works: true, seen: '' }
const late: Outcome = { works: false, why: 'ERROR did not come within 15000 ms' }
const refused: Outcome = { works: false, why: 'answered 403 ERR_ORIGIN_NOT_ALLOWED' }

t.test('what works directly has to work through the gateway, and alike', async t => {
  t.strictSame(judge(row, 'spring', { direct: yes, through: yes }), [])
  t.strictSame(judge(row, 'spring', { direct: yes, through: late }), [`through the gateway: ${late.why}`])
  t.match(judge(row, 'spring', { direct: yes, through: { works: true, seen: '1006' } }), [/not the same: "".*"1006"/])
})

t.test('a no is one of that server, for the reason that is known', async t => {
  const feature = { ...row, no: { spring: /^answered 403/ } }
  t.strictSame(judge(feature, 'spring', { direct: refused, through: refused }), [])
  t.strictSame(judge(feature, 'spring', { direct: late, through: refused }), [
    `directly: ${late.why}, in place of /^answered 403/`
  ])
  t.match(judge(feature, 'spring', { direct: yes, through: yes }), [/^directly: works/, /^through the gateway: works/])
  t.match(judge(feature, 'rabbitmq', { direct: refused, through: yes }), [/^directly: answered 403/])
})

t.test('what the gateway adds works through it, whatever the server says', async t => {
  const feature = { ...row, gateway: 'adds', no: { spring: /^answered 403/ } } as const
  t.strictSame(judge(feature, 'spring', { direct: refused, through: yes }), [])
  t.match(judge(feature, 'spring', { direct: refused, through: refused }), [/^through the gateway: answered 403/])
})

t.test('a door that is shut is shut by its answer: a crash is none, and another answer neither', async t => {
  const feature = { ...row, shut: { status: 404, code: 'ERR_TRANSPORT_DISABLED' } }
  const shut = (why: string) => judge(feature, 'spring', { direct: yes, through: { works: false, why } })
  t.strictSame(shut('jsonp was answered 404 ERR_TRANSPORT_DISABLED'), [])
  t.strictSame(shut('answered 404 ERR_TRANSPORT_DISABLED\n\n404 !== 200\n'), [])
  for (const why of [late.why, 'ECONNRESET', 'answered 404', 'answered 404 ERR_ROUTE_NOT_FOUND', 'answered 502 ERR_TRANSPORT_DISABLED']) {
    t.equal(shut(why).length, 1, why)
  }
  t.equal(judge(feature, 'spring', { direct: yes, through: yes }).length, 1)
})
