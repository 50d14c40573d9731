import t from 'tap'
import { isTransportName, TRANSPORTS } from '../../../src/sockjs/transports.js'

// name, method, streams, affinity: sockjs-protocol 0.3.3
const rows = [
  ['websocket', 'GET', false, false],
  ['xhr', 'POST', false, true],
  ['xhr_send', 'POST', false, true],
  ['xhr_streaming', 'POST', true, true],
  ['eventsource', 'GET', true, true],
  ['htmlfile', 'GET', true, true],
  ['jsonp', 'GET', false, true],
  ['jsonp_send', 'POST', false, true]
] as const

for (const [name, method, streams, affinity] of rows) {
  t.test(`describes ${name} as the protocol does`, async t => {
    t.equal(isTransportName(name), true)
    t.same(TRANSPORTS[name], { name, method, streams, affinity })
    t.ok(Object.isFrozen(TRANSPORTS[name]))
  })
}

t.test('has no other rows', async t => {
  t.same(Object.keys(TRANSPORTS).sort(), rows.map(([name]) => name).sort())
  t.ok(Object.isFrozen(TRANSPORTS))
})

for (const text of ['', 'XHR', 'xhr-streaming', 'xhr ', 'info', 'constructor', '__proto__', 'toString']) {
  t.test(`takes '${text}' for no transport`, async t => { t.equal(isTransportName(text), false) })
}
