import t from 'tap'
import { findPathFault, parseSockjsPath } from '../../../src/sockjs/path.js'
import { TRANSPORTS } from '../../../src/sockjs/transports.js'

for (const transport of Object.keys(TRANSPORTS)) {
  t.test(`reads a session URL of ${transport} below any base`, async t => {
    const session = { kind: 'session', transport, session: 'abcd' }
    for (const base of ['', '/ws-stomp', '/api/v1.2/chat']) {
      t.same(parseSockjsPath(`${base}/000/abcd/${transport}`), session, `base '${base}'`)
      t.same(parseSockjsPath(`${base}/000/abcd/${transport}/`), session, `base '${base}', slash at the end`)
    }
  })
}

const sessions = [
  ['any text without a dot as ids', '/ws/a-b_~!/$x,y:z@=/xhr', 'xhr', '$x,y:z@='],
  ['an id that is percent-encoded', '/ws/000/%61bc%64/xhr', 'xhr', 'abcd'],
  ['an id outside ASCII', '/ws/000/%ec%84%b8%ec%85%98/xhr', 'xhr', '세션'],
  ['an id once decoded only', '/ws/000/%2561/xhr', 'xhr', '%61'],
  ['an id that cannot be decoded as it is', '/ws/000/%zz/xhr', 'xhr', '%zz'],
  ['an encoded transport', '/ws/000/abcd/%78hr%5Fsend', 'xhr_send', 'abcd'],
  ['a transport in another case', '/ws/000/abcd/JsonP', 'jsonp', 'abcd'],
  ['matrix parameters on each segment', '/ws;a=1/000;b=2/abcd;c=3.4/xhr;d;e', 'xhr', 'abcd'],
  ['encoded matrix parameters', '/ws/000/abcd%3bx/xhr%3By', 'xhr', 'abcd'],
  ['blanks that Spring trims', '/ws/000/abcd%20/htmlfile%20', 'htmlfile', 'abcd'],
  ['doubled slashes', '//ws//000//abcd//xhr//', 'xhr', 'abcd'],
  ['segments without a name', '/ws/000/abcd/jsonp/;x/%20', 'jsonp', 'abcd'],
  ['an encoded dot, which sockjs-node takes literally', '/ws/000/a%2eb/jsonp', 'jsonp', 'a.b'],
  ['words of the protocol as ids', '/info/websocket/xhr/xhr', 'xhr', 'xhr'],
  ['a websocket with the base taken for the server', '/a/b/websocket', 'websocket', 'b']
] as const
for (const [name, path, transport, session] of sessions) {
  t.test(`reads a session URL with ${name}`, async t => {
    t.same(parseSockjsPath(path), { kind: 'session', transport, session })
  })
}

const pages = [
  ['info', ['/info', '/ws-stomp/info', '/ws-stomp/info/', '/a/b/c/info', '/ws/%69nfo', '/ws/info;x=1', '/ws//info']],
  ['raw-websocket', [
    '/websocket', '/ws-stomp/websocket', '/ws-stomp/websocket/', '/ws/WebSocket', '/ws/websocket;x', '//ws//websocket',
    '/ws/v1.2/websocket', '/v1.2/ws/websocket'
  ]],
  ['iframe', [
    '/iframe.html', '/ws/iframe.html', '/ws/iframe-1.6.1_a.html', '/ws/iframe.html/', '/ws/IFRAME.HTML',
    '/ws/%69frame.html', '/ws/iframe.html;x', '/ws//iframe.html', '/ws/iframe.html%20'
  ]],
  ['other', [
    '', '/', '/ws-stomp', '/ws-stomp/', '/xhr', '/ws/xhr', '/000/a.b/xhr', '/0.0/abcd/xhr', '/ws/000/a.b/jsonp',
    '/ws/000/a%2eb;c.d/xhr', '/ws/000/abcd/xhr/more', '/ws/000/abcd/unknown', '/ws/000/abcd/constructor', '/ws/000/abcd',
    '/ws/information', '/ws/iframe', '/ws/iframe.htm', '/ws/my-iframe.html', '/ws/000/abcd/xhr-streaming'
  ]]
] as const
for (const [kind, paths] of pages) {
  for (const path of paths) {
    t.test(`reads '${path}' as ${kind}`, async t => { t.same(parseSockjsPath(path), { kind }) })
  }
}

for (const path of ['/ws/iframe;html', '/ws/iframexhtml', '/ws/iframe-1/html', '/ws/iframe;html/', '/ws/iframe/html/']) {
  t.test(`reads '${path}' as iframe, since instances leave the dot of their pattern unescaped`, async t => {
    t.same(parseSockjsPath(path), { kind: 'iframe' })
  })
}

/** The session URL as sockjs-node 0.3.24 matches it: no decoding, no parameters. */
const LITERAL_SESSION = /\/[^/.]+\/[^/.]+\/(jsonp|htmlfile|xhr)\/?$/

/** The last three segments as Tomcat and Spring see them. */
function readAsSpring (path: string): string[] {
  return path.split('/').map(segment => decodeURIComponent(segment.split(';')[0]!).trim())
    .filter(segment => segment !== '').slice(-3)
}

t.test('knows every spelling of a transport that a literal or a decoding instance would serve', async t => {
  const ids = ['000', 'a.b', 'a%2eb', '%61', 'a%20', '%20', '', ';x', ';x.y', 'a;v=1.2', 'a%3bx', 'a%3b.x']
  const words = ['jsonp', 'jsonp%20', '%6asonp', 'jsonp;x', 'htmlfile', 'xhr']
  const served = { literal: 0, spring: 0 }
  for (const base of ['', '/ws', '/v1.2']) {
    for (const [server, session, word, end] of combine(ids, ids, words, ['', '/', '//', '/;x', '/%20'])) {
      const path = `${base}/${server}/${session}/${word}${end}`
      if (findPathFault(path) !== undefined) continue
      const parsed = parseSockjsPath(path)

      const literal = LITERAL_SESSION.exec(path)
      if (literal !== null) {
        served.literal++
        if (parsed.kind !== 'session' || parsed.transport !== literal[1]) t.fail(`${path}: sockjs-node serves it`)
      }
      const [a, b, c] = readAsSpring(path)
      if (c !== undefined && /^(?:jsonp|htmlfile|xhr)$/.test(c) && !`${a}${b}`.includes('.')) {
        served.spring++
        const expected = { kind: 'session', transport: c, session: b!.split(';')[0] }
        if (JSON.stringify(parsed) !== JSON.stringify(expected)) t.fail(`${path}: Spring serves it`)
      }
    }
  }
  t.ok(served.literal > 400, `${served.literal} paths that sockjs-node serves`)
  t.ok(served.spring > 500, `${served.spring} paths that Spring serves`)
})

function combine (one: string[], two: string[], three: string[], four: string[]) {
  return one.flatMap(a => two.flatMap(b => three.flatMap(c => four.map(d => [a, b, c, d] as const))))
}

t.test('reads a path that needs no decoding as it reads the same path encoded', async t => {
  const words = ['ws', 'v1.2', '000', 'abcd', 'a.b', '~x', 'info', 'websocket', 'xhr', 'XHR_SEND', 'eventsource', 'jsonp', 'iframe',
    'iframe.html', 'iframe-1.html', 'constructor']
  const encoded = (word: string) => [...word].map(letter => `%${letter.charCodeAt(0).toString(16)}`).join('')
  for (const a of words) {
    for (const b of words) {
      for (const c of words) {
        for (const path of [[c], [b, c], [a, b, c], ['base', a, b, c]]) {
          for (const end of ['', '/']) {
            const plain = `/${path.join('/')}${end}`
            const long = `/${path.map(word => word.includes('.') ? word : encoded(word)).join('/')}${end}`
            if (JSON.stringify(parseSockjsPath(plain)) !== JSON.stringify(parseSockjsPath(long))) t.fail(`${plain} ${long}`)
          }
        }
      }
    }
  }
  t.same(parseSockjsPath('/base/000/abcd/xhr'), { kind: 'session', transport: 'xhr', session: 'abcd' })
})
