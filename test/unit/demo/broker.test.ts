import t from 'tap'
import { createBroker } from '../../../src/demo/broker.js'
import type { Message } from '../../../src/demo/broker.js'

const headers = new Map([['content-type', 'text/plain']])

t.test('hands a message to every subscriber of its destination and to no other', async t => {
  const broker = createBroker()
  const got: Array<[string, Message]> = []
  broker.subscribe('/topic/a', message => got.push(['first', message]))
  broker.subscribe('/topic/a', message => got.push(['second', message]))
  broker.subscribe('/topic/b', message => got.push(['other', message]))
  t.equal(broker.publish('/topic/a', { headers, body: 'hi' }), 2)
  const message = { id: '1', destination: '/topic/a', headers, body: 'hi' }
  t.strictSame(got, [['first', message], ['second', message]])
})

t.test('gives every message an id of its own', async t => {
  const broker = createBroker()
  const ids = new Set<string>()
  broker.subscribe('/topic/a', message => ids.add(message.id))
  broker.subscribe('/topic/b', message => ids.add(message.id))
  for (const destination of ['/topic/a', '/topic/b', '/topic/a']) broker.publish(destination, { headers, body: '' })
  t.equal(ids.size, 3)
})

t.test('keeps no message for those who subscribe later', async t => {
  const broker = createBroker()
  t.equal(broker.publish('/topic/a', { headers, body: 'early' }), 0)
  broker.subscribe('/topic/a', () => t.fail('nothing was published since'))
})

t.test('ends one subscription only, even when a function subscribed twice', async t => {
  const broker = createBroker()
  let deliveries = 0
  const count = () => { deliveries += 1 }
  const unsubscribe = broker.subscribe('/topic/a', count)
  broker.subscribe('/topic/a', count)
  unsubscribe()
  unsubscribe()
  t.equal(broker.publish('/topic/a', { headers, body: '' }), 1)
  t.equal(deliveries, 1)
})

t.test('leaves a topic alone that was opened again when an old subscription is ended once more', async t => {
  const broker = createBroker()
  const unsubscribe = broker.subscribe('/topic/a', () => {})
  unsubscribe()
  broker.subscribe('/topic/a', () => {})
  unsubscribe()
  t.equal(broker.publish('/topic/a', { headers, body: '' }), 1)
})

t.test('lets a delivery end its own subscription and start another one', async t => {
  const broker = createBroker()
  let deliveries = 0
  const unsubscribe = broker.subscribe('/topic/a', () => {
    deliveries += 1
    unsubscribe()
    broker.subscribe('/topic/a', () => { deliveries += 1 })
  })
  t.equal(broker.publish('/topic/a', { headers, body: '' }), 1)
  t.equal(deliveries, 1, 'the new subscription gets the next message, not this one')
})
