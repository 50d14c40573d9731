import t from 'tap'
import type { Check, Finding, Severity, TroubleCode } from '../../../src/doctor/finding.js'
import { diagnose } from '../../../src/doctor/verdict.js'
import { hop, PAGE } from '../../helper/doctor.js'

const found = (severity: Severity, code: TroubleCode | 'ok', check: Check = 'info'): Finding => {
  return { severity, check, code, message: `message of ${code}`, mend: `mend of ${code}` }
}
const fine = found('ok', 'ok')
const fault = (code: TroubleCode, check: Check = 'info') => found('fault', code, check)

const front = (...findings: Finding[]) => ({ ...hop('public', 'https://api.test/ws'), findings })
const nginx = (...findings: Finding[]) => ({ ...hop('hop', 'http://nginx/ws'), name: 'nginx', findings })
const chat = (number: number, ...findings: Finding[]) => {
  return { ...hop('instance', `http://chat-${number}/ws`), name: `chat-${number}`, findings }
}

t.test('blames the public URL when nothing else was asked', async t => {
  const { works, verdict, mend, blame, hops } = diagnose([front(fine, fault('not-found', 'xhr'), fault('buffered', 'xhr_streaming'))], PAGE)
  t.notOk(works)
  t.equal(verdict, '"xhr" fails at https://api.test/ws: message of not-found.')
  t.equal(mend, 'mend of not-found')
  t.same(blame, { hops: ['public'], check: 'xhr', code: 'not-found' })
  t.equal(hops[0]?.first, 'xhr')
})

t.test('blames what stands in front of instances that do better', async t => {
  const { verdict, blame } = diagnose([front(fault('upgrade-dropped', 'websocket')), chat(1, fine), chat(2, fine)], PAGE)
  t.match(verdict, /Asked directly, chat-1 \(http:\/\/chat-1\/ws\) and chat-2 .* gave no such answer: to blame is what stands in front\./)
  t.same(blame?.hops, ['public'])
})

t.test('blames the innermost hop that does the same', async t => {
  const trouble = fault('acao-repeated')
  t.same(diagnose([front(trouble), nginx(trouble), chat(1, fine)], PAGE).blame?.hops, ['nginx'])
  t.same(diagnose([front(trouble), nginx(trouble), chat(1, trouble), chat(2, fine), chat(3, trouble)], PAGE).blame?.hops, ['chat-1', 'chat-3'])
})

t.test('blames nobody behind a hop that answers well', async t => {
  const trouble = fault('acao-missing')
  const gatehouse = { ...nginx(fine), name: 'gatehouse' }
  const edge = { ...nginx(trouble), name: 'edge' }

  const public1 = diagnose([front(trouble), gatehouse, chat(1, trouble)], PAGE)
  t.same(public1.blame?.hops, ['public'])
  t.match(public1.verdict, /Asked directly, gatehouse \(http:\/\/nginx\/ws\) gave no such answer: to blame is what stands in front\.$/)
  t.match(public1.hops[2]?.findings, [{ severity: 'note', code: 'acao-missing' }], 'that of the instance is no matter')

  const behind = diagnose([front(trouble), edge, nginx(trouble), gatehouse, chat(1, trouble)], PAGE)
  t.same(behind.blame?.hops, ['nginx'], 'the innermost before it')
  t.same(behind.hops.map(({ findings }) => findings[0]?.severity), ['fault', 'fault', 'fault', 'ok', 'note'])
})

t.test('looks behind a hop that was not asked the same, or fails otherwise', async t => {
  const trouble = fault('refused', 'xhr')
  for (const between of [nginx(fault('timed-out')), nginx(fine, fault('server-error', 'xhr'))]) {
    t.same(diagnose([front(trouble), between, chat(1, trouble)], PAGE).blame?.hops, ['chat-1'])
  }
})

t.test('does not blame a hop for the same trouble at another check', async t => {
  const { blame } = diagnose([front(fault('refused', 'websocket')), chat(1, fault('refused', 'xhr'))], PAGE)
  t.same(blame?.hops, ['public'])
})

t.test('tells of a Spring that nobody was asked behind, and of one that answers differently', async t => {
  const refused = fault('spring-refused')
  t.match(diagnose([front(refused)], PAGE).verdict, /It is the instance that refuses: no gateway or proxy/)
  t.match(diagnose([front(refused), chat(1, fine)], PAGE).verdict, /It is an instance that refuses, though chat-1 .* does not: another instance/)
})

t.test('blames an instance that is not reached for the 503 of its gateway, in its words', async t => {
  const { verdict, blame } = diagnose([front(fault('bad-gateway')), chat(1, fault('unknown-host'))], PAGE)
  t.match(verdict, /To blame: chat-1 \(http:\/\/chat-1\/ws\), asked directly, says: message of unknown-host\.$/)
  t.same(blame?.hops, ['chat-1'])
  t.match(diagnose([front(fault('bad-gateway')), nginx(fault('bad-gateway'))], PAGE).verdict, /nginx .* does the same\.$/)
})

t.test('makes notes of what is the business of a gateway, where that does it well', async t => {
  const { works, hops, verdict } = diagnose([
    front(fine), chat(1, fault('acao-missing'), found('warning', 'open-to-any-site', 'jsonp'), found('note', 'switched-off', 'websocket'))
  ], PAGE)
  t.ok(works)
  t.equal(verdict, `A page on ${PAGE} can use https://api.test/ws by every transport that is open.`)
  t.same(hops[1]?.findings.map(({ severity }) => severity), ['note', 'note', 'note'])
  t.match(hops[1]?.findings[0]?.message, 'message of acao-missing (no matter where only a gateway leads here)')
  t.equal(hops[1]?.first, undefined)
})

t.test('takes a refusal without words for an origin check, where the same hop checks origins', async t => {
  const { hops } = diagnose([
    front(fine), chat(1, fault('spring-refused'), fault('refused', 'websocket')), chat(2, fault('refused', 'websocket'))
  ], PAGE)
  t.same(hops[1]?.findings.map(({ severity }) => severity), ['note', 'note'])
  t.same(hops[2]?.findings.map(({ severity }) => severity), ['warning'])
})

t.test('warns of an instance that fails though the page works, as one of several may', async t => {
  const { works, hops } = diagnose([front(fine), chat(1, fine), chat(2, fault('connection-refused'))], PAGE)
  t.ok(works)
  t.match(hops[2], { first: 'info', findings: [{ severity: 'warning' }] })
})

t.test('keeps the faults of an instance where the page fails for another reason', async t => {
  const { hops } = diagnose([front(fault('gatehouse-refused')), chat(1, fault('spring-refused'), fault('buffered', 'xhr_streaming'))], PAGE)
  t.same(hops[1]?.findings.map(({ severity }) => severity), ['note', 'fault'])
})

t.test('blames no hop for what the browser blocks', async t => {
  const { verdict, blame } = diagnose([front(fault('mixed-content'), fine), chat(1, fine)], PAGE)
  t.equal(verdict, '"info" fails at https://api.test/ws: message of mixed-content.')
  t.same(blame?.hops, ['public'])
})
