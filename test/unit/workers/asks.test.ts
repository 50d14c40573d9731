import t from 'tap'
import { Asks } from '../../../src/workers/asks.js'
import type { AskOrder } from '../../../src/workers/messages.js'

const UNAVAILABLE = { code: 'ERR_WORKER_UNAVAILABLE', statusCode: 503 }

/** Questions to a worker that says nothing by itself, and what it was sent. */
function asks () {
  const sent: AskOrder[] = []
  return { sent, asks: new Asks(order => { sent.push(order) }) }
}

t.test('each answer reaches the question with its id, in whatever order they come', async t => {
  const { asks: open, sent } = asks()
  const [first, second] = [open.ask('refused', 10, 60_000), open.ask('trial', 20, 60_000)]
  t.match(sent, [{ type: 'ask', question: 'refused', argument: 10 }, { question: 'trial', argument: 20 }])
  t.not(sent[0]!.id, sent[1]!.id)
  open.settle({ type: 'answer', id: sent[1]!.id, value: 'of the second' })
  open.settle({ type: 'answer', id: sent[0]!.id, value: 'of the first' })
  t.same(await Promise.all([first, second]), ['of the first', 'of the second'])
})

t.test('a question over which the worker failed is rejected with what it says', async t => {
  const { asks: open, sent } = asks()
  const asked = open.ask('decisions', undefined, 60_000)
  open.settle({ type: 'answer', id: sent[0]!.id, fault: 'Error: no such table' })
  await t.rejects(asked, { message: 'Error: no such table' })
})

t.test('a question without an answer in time is given up, and its late answer is nobody\'s', async t => {
  const { asks: open, sent } = asks()
  await t.rejects(open.ask('upstreams', undefined, 1), UNAVAILABLE)
  open.settle({ type: 'answer', id: sent[0]!.id, value: 'late' })
})

t.test('a worker that answers nothing is asked no more, however often questions were given up', async t => {
  const { asks: open, sent } = asks()
  const given = Array.from({ length: 1_000 }, () => open.ask('upstreams', undefined, 1))
  for (const asked of given) await t.rejects(asked, UNAVAILABLE)
  await t.rejects(open.ask('upstreams', undefined, 60_000), UNAVAILABLE)
  t.equal(sent.length, 1_000)
  open.settle({ type: 'answer', id: sent[0]!.id, value: 'late' })
  const asked = open.ask('upstreams', undefined, 60_000)
  t.equal(sent.length, 1_001, 'it is asked again once it answers')
  open.close()
  await t.rejects(asked, UNAVAILABLE)
})

t.test('nobody waits for a worker that is gone, nor asks it again', async t => {
  const { asks: open, sent } = asks()
  const waiting = [open.ask('upstreams', undefined, 60_000), open.ask('reload', undefined, 60_000)]
  open.close()
  for (const asked of waiting) await t.rejects(asked, UNAVAILABLE)
  await t.rejects(open.ask('upstreams', undefined, 60_000), UNAVAILABLE)
  t.equal(sent.length, 2)
  open.settle({ type: 'answer', id: sent[0]!.id, value: 'after its end' }) // the channel may hold one still
})

t.test('at most 1,000 questions are open at once', async t => {
  const { asks: open, sent } = asks()
  const waiting = Array.from({ length: 1_000 }, () => open.ask('upstreams', undefined, 60_000))
  await t.rejects(open.ask('upstreams', undefined, 60_000), UNAVAILABLE)
  t.equal(sent.length, 1_000)
  open.settle({ type: 'answer', id: sent[0]!.id, value: 'done' })
  t.equal(await waiting[0], 'done')
  const next = open.ask('upstreams', undefined, 60_000)
  t.equal(sent.length, 1_001, 'an answer makes room')
  open.close()
  await Promise.allSettled([...waiting, next])
})
