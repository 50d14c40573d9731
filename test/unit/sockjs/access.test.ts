import t from 'tap'
import { findDisabled, mayUpgrade, sessionOf } from '../../../src/sockjs/access.js'
import { parseSockjsPath } from '../../../src/sockjs/path.js'

const enabled = new Set(['websocket', 'xhr'])

const rows = [
  ['/ws/info', undefined],
  ['/ws', undefined],
  ['/ws/000/abc/xhr', undefined],
  ['/ws/000/abc/websocket', undefined],
  ['/ws/websocket', undefined],
  ['/ws/000/abc/eventsource', 'eventsource'],
  ['/ws/000/abc/jsonp', 'jsonp'],
  ['/ws/000/abc/jsonp_send', 'jsonp_send'],
  ['/ws/000/abc/htmlfile', 'htmlfile'],
  ['/ws/iframe.html', 'iframe'],
  ['/ws/iframe-1.6.1.html', 'iframe']
] as const
for (const [path, missing] of rows) {
  t.test(`with websocket and xhr on, ${path} ${missing === undefined ? 'passes' : `needs ${missing}`}`, async t => {
    t.equal(findDisabled(parseSockjsPath(path), enabled), missing)
  })
}

t.test('a raw WebSocket is the websocket transport', async t => {
  t.equal(findDisabled(parseSockjsPath('/ws/websocket'), new Set(['xhr'])), 'websocket')
})

const sessions = [
  ['/ws/000/abc/xhr', 'abc'],
  ['/ws/999/abc/xhr_send', 'abc'],
  ['/ws/000/abc/eventsource', 'abc'],
  ['/ws/000/abc/websocket', undefined],
  ['/ws/websocket', undefined],
  ['/ws/info', undefined],
  ['/ws/iframe.html', undefined],
  ['/ws/rest/things', undefined]
] as const
for (const [path, session] of sessions) {
  t.test(`${path} ${session === undefined ? 'may go to any instance' : 'goes where its session lives'}`, async t => {
    t.equal(sessionOf(parseSockjsPath(path)), session)
  })
}

t.test('a WebSocket may be spoken at the transport, at the plain one and at what SockJS does not name', async t => {
  const paths = [
    ['/ws/000/abcd/websocket', true], ['/ws/websocket', true], ['/ws', true], ['/any/where', true],
    ['/ws/info', false], ['/ws/iframe.html', false], ['/ws/000/abcd/xhr', false], ['/ws/000/abcd/eventsource', false]
  ] as const
  for (const [path, may] of paths) t.equal(mayUpgrade(parseSockjsPath(path)), may, path)
})
