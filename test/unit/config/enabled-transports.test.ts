import t from 'tap'
import { parseTransports } from '../../../src/config/enabled-transports.js'

t.test('takes every transport of SockJS, and the iframe pages', async t => {
  const all = ['websocket', 'xhr', 'xhr_send', 'xhr_streaming', 'eventsource', 'jsonp', 'jsonp_send', 'htmlfile', 'iframe']
  const { transports, faults, warnings } = parseTransports(all.join(' , '))
  t.same([...transports], all)
  t.same(faults, [])
  t.same(warnings, [])
})

t.test('takes a single transport, and blank entries do not count', async t => {
  const { transports, faults, warnings } = parseTransports(',websocket,')
  t.same([...transports], ['websocket'])
  t.same([...faults, ...warnings], [])
})

const unknown = [
  ['a hyphen', 'xhr-streaming', "'xhr-streaming' is no transport. Write xhr_streaming"],
  ['the name sockjs-client uses for xhr', 'xhr-polling', "'xhr-polling' is no transport. Write xhr"],
  ['the name sockjs-client uses for jsonp', 'jsonp_polling', "'jsonp_polling' is no transport. Write jsonp"],
  ['a slip', 'websockets', "'websockets' is no transport. Write websocket"],
  ['upper case', 'XHR', "'XHR' is no transport. Write xhr"],
  ['a name that is a property of every object', 'constructor', /^'constructor' is no transport\. Write one of websocket, .*iframe$/],
  ['commas alone', ', ,', /names no transport\. Write at least one of websocket, .*iframe$/]
] as const
for (const [name, text, message] of unknown) {
  t.test(`refuses ${name}`, async t => {
    const { faults } = parseTransports(text)
    t.equal(faults.length, 1)
    if (typeof message === 'string') t.equal(faults[0], message)
    else t.match(faults[0], message)
  })
}

const mute = [
  ['xhr', 'xhr_send'], ['xhr_streaming', 'xhr_send'], ['eventsource', 'xhr_send'], ['htmlfile', 'xhr_send'],
  ['jsonp', 'jsonp_send']
] as const
for (const [receiver, sender] of mute) {
  t.test(`warns that ${receiver} cannot send without ${sender}`, async t => {
    t.same(parseTransports(receiver).warnings, [`${receiver} can receive but not send without ${sender}. Add ${sender}`])
    t.same(parseTransports(`${receiver},${sender}`).warnings, [])
  })
}
