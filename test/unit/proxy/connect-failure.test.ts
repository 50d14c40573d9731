import t from 'tap'
import { connectCause, isOutOfSockets } from '../../../src/proxy/connect-failure.js'

t.test('knows what the gateway lacks from what an instance refuses', async t => {
  for (const code of ['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL']) {
    t.ok(isOutOfSockets(Object.assign(new Error(), { code })), code)
  }
  t.notOk(isOutOfSockets(Object.assign(new Error(), { code: 'ECONNREFUSED' })))
  t.notOk(isOutOfSockets(new Error('connect was given up')))
})

t.test('tells the cause of each address, else the code, else the kind of error', async t => {
  t.equal(connectCause(new Error('refused')), 'refused')
  t.equal(connectCause(new AggregateError([new Error('one'), new Error('other')])), 'one; other')
  t.equal(connectCause(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })), 'ECONNREFUSED')
  t.equal(connectCause(new TypeError()), 'TypeError')
})
