import t from 'tap'
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Check, Finding } from '../../src/doctor/finding.js'
import { examine, PAGE } from '../helper/doctor.js'
import { plainProxy, type ProxyFaults } from '../helper/plain-proxy.js'
import { SWITCH } from '../helper/raw-socket.js'
import { sockjsInstance } from '../helper/sockjs-instance.js'
import { springLikeInstance } from '../helper/spring-like-instance.js'

// Some wait for a time-out, and nothing is shared.
t.jobs = 6

/** A fault of a proxy in front of an instance without one, and what is found. */
interface Row {
  name: string
  faults: ProxyFaults
  check: Check
  found: { code: Finding['code'], severity?: Finding['severity'], message?: RegExp, mend?: RegExp }
  /** Where the time-out is what is tested. */
  timeoutMs?: number
  /** Where something ends a little later. */
  settleMs?: number
}

/** Long enough for every step that is answered, on a busy machine, too. */
const SHORT_MS = 600

/** Where the end comes by itself: longer than a busy machine takes to see it. */
const SETTLE_MS = 800

/** The answer's lines without those of one name, and with others. */
const lines = (removed: string, ...added: string[]) => (headers: string[]) => [
  ...headers.filter((_, index) => headers[index - index % 2]?.toLowerCase() !== removed), ...added
]

/** The same for paths that end so; the others stay as they are. */
const at = (end: string, edit: (headers: string[]) => string[]) => (headers: string[], path: string) => {
  return path.endsWith(end) ? edit(headers) : headers
}

const ACAO = 'Access-Control-Allow-Origin'

/** Answers by itself where the path holds `part`. */
const answer = (part: string, respond: (response: ServerResponse) => void): ProxyFaults => ({
  answer: (request, response) => {
    const isMine = String(request.url).includes(part)
    if (isMine) {
      response.setHeader(ACAO, PAGE).setHeader('Access-Control-Allow-Credentials', 'true').setHeader('Vary', 'Origin')
      respond(response)
    }
    return isMine
  }
})

const CORS: readonly Row[] = [
  { name: 'no Access-Control-Allow-Origin', faults: { editHeaders: lines(ACAO.toLowerCase()) }, check: 'info', found: { code: 'acao-missing', message: /may not read/ } },
  { name: 'two of them', faults: { editHeaders: lines('', ACAO, PAGE) }, check: 'info', found: { code: 'acao-repeated', message: /2 times \("http:\/\/localhost:3000", "http:\/\/localhost:3000"\)/, mend: /add_header/ } },
  { name: 'a * beside credentials', faults: { editHeaders: lines(ACAO.toLowerCase(), ACAO, '*') }, check: 'info', found: { code: 'acao-any' } },
  { name: 'another origin', faults: { editHeaders: lines(ACAO.toLowerCase(), ACAO, `${PAGE}/`) }, check: 'info', found: { code: 'acao-wrong', message: /"http:\/\/localhost:3000\/", not "http:\/\/localhost:3000"/ } },
  { name: 'no Access-Control-Allow-Credentials', faults: { editHeaders: lines('access-control-allow-credentials') }, check: 'info', found: { code: 'credentials-missing', message: /is missing/ } },
  { name: 'Access-Control-Allow-Credentials in capitals', faults: { editHeaders: lines('access-control-allow-credentials', 'Access-Control-Allow-Credentials', 'True') }, check: 'info', found: { code: 'credentials-missing', message: /is "True", not exactly "true"/ } },
  { name: 'no Vary', faults: { editHeaders: lines('vary') }, check: 'info', found: { code: 'vary-missing', severity: 'warning' } },
  { name: 'no CORS headers on sending alone', faults: { editHeaders: at('xhr_send', lines(ACAO.toLowerCase())) }, check: 'xhr_send', found: { code: 'acao-missing' } },
  { name: 'a preflight without CORS headers', faults: { editHeaders: at('xhr_send', lines(ACAO.toLowerCase())) }, check: 'preflight', found: { code: 'acao-missing' } },
  { name: 'a preflight that allows * as headers', faults: { editHeaders: lines('access-control-allow-headers', 'Access-Control-Allow-Headers', '*') }, check: 'preflight', found: { code: 'headers-not-allowed' } },
  { name: 'a preflight that is redirected', faults: { answer: (request, response) => request.method === 'OPTIONS' && response.writeHead(308, { Location: '/there' }).end() !== undefined }, check: 'preflight', found: { code: 'redirect', message: /308.*follow no redirect/ } },
  { name: 'a preflight that nobody answers', faults: { answer: ({ method, socket }) => method === 'OPTIONS' && socket.destroy() !== undefined }, check: 'preflight', found: { code: 'broken-off' } }
]

const STATUSES: readonly Row[] = [
  { name: 'a redirect to another origin', faults: answer('', r => r.writeHead(302, { Location: 'https://user:pw@else.test/login?token=1' }).end()), check: 'info', found: { code: 'redirect', message: /302 redirects to https:\/\/else\.test: .*"Origin: null"/ } },
  { name: 'a redirect on the same origin', faults: answer('', r => r.writeHead(301, { Location: '/ws-stomp/info/' }).end()), check: 'info', found: { code: 'redirect', message: /^301 redirects to http:\/\/127\.0\.0\.1:\d+; / } },
  { name: 'a redirect to nowhere', faults: answer('', r => r.writeHead(302, { Location: 'http://[' }).end()), check: 'info', found: { code: 'redirect', message: /^302 redirects; / } },
  { name: 'a redirect without Location', faults: answer('', r => r.writeHead(302).end()), check: 'info', found: { code: 'redirect', message: /^302 redirects; / } },
  { name: 'a page in the place of /info', faults: answer('', r => r.end(' <!doctype html>')), check: 'info', found: { code: 'not-sockjs', message: /HTML page/ } },
  { name: 'other JSON in the place of /info', faults: answer('', r => r.end('{}')), check: 'info', found: { code: 'not-sockjs', message: /no JSON with/ } },
  { name: 'no object in the place of /info', faults: answer('', r => r.end('null')), check: 'info', found: { code: 'not-sockjs' } },
  { name: 'an /info without end', faults: answer('', r => r.end('{'.repeat(70_000))), check: 'info', found: { code: 'not-sockjs' } },
  { name: 'an /info that breaks off', faults: answer('', r => r.write('{', () => r.destroy())), check: 'info', found: { code: 'not-sockjs', message: /breaks off/ } },
  { name: 'an /info that stalls', faults: answer('', r => r.write('{')), check: 'info', found: { code: 'not-sockjs', message: /breaks off/ }, timeoutMs: SHORT_MS },
  { name: 'silence', faults: answer('', () => {}), check: 'info', found: { code: 'timed-out', message: /in 600 ms/ }, timeoutMs: SHORT_MS },
  { name: 'a 101 that nobody asked for', faults: answer('', r => r.writeHead(101, { Upgrade: 'x', Connection: 'upgrade' }).end()), check: 'info', found: { code: 'broken-off' } },
  { name: '404', faults: answer('', r => r.writeHead(404).end()), check: 'info', found: { code: 'not-found', mend: /STOMP_PREFIX/ } },
  { name: '401', faults: answer('', r => r.writeHead(401).end('no')), check: 'info', found: { code: 'refused', mend: /no token was sent/ } },
  { name: '403 for the Origin alone', faults: { answer: ({ headers }, response) => headers.origin !== undefined && response.writeHead(403).end() !== undefined }, check: 'info', found: { code: 'origin-refused', message: /only because of the Origin/ } },
  { name: '500', faults: answer('', r => r.writeHead(500).end()), check: 'info', found: { code: 'server-error' } },
  { name: '503', faults: answer('', r => r.writeHead(503).end()), check: 'info', found: { code: 'bad-gateway', message: /reached no instance$/ } },
  { name: '409', faults: answer('', r => r.writeHead(409).end()), check: 'info', found: { code: 'unexpected-status' } },
  { name: 'no answer without Origin, where a page needs none', faults: { answer: ({ headers }, response) => headers.origin === undefined && response.writeHead(403).end() !== undefined }, check: 'info without Origin', found: { code: 'refused', severity: 'note' } }
]

/** Takes the upgrade and writes these bytes. */
const upgrade = (write: (socket: Socket) => void): ProxyFaults => {
  return { upgrade: (_request, socket) => write(socket) }
}

const UPGRADES: readonly Row[] = [
  { name: 'a lost Upgrade header', faults: { dropsUpgrade: true }, check: 'websocket', found: { code: 'upgrade-dropped', message: /^\d+ to an upgrade/, mend: /proxy_set_header Upgrade/ } },
  { name: '426', faults: upgrade(s => s.end('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n')), check: 'websocket', found: { code: 'upgrade-dropped' } },
  { name: '204', faults: upgrade(s => s.end('HTTP/1.1 204 No Content\r\n\r\n')), check: 'websocket', found: { code: 'upgrade-dropped' } },
  { name: '504', faults: upgrade(s => s.end('HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n')), check: 'websocket', found: { code: 'bad-gateway' } },
  { name: 'a refusal that stalls', faults: upgrade(s => s.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nno')), check: 'websocket', found: { code: 'refused' }, timeoutMs: SHORT_MS },
  { name: 'silence', faults: upgrade(() => {}), check: 'websocket', found: { code: 'timed-out' }, timeoutMs: SHORT_MS },
  { name: 'a refusal with or without Origin', faults: upgrade(s => s.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')), check: 'websocket', found: { code: 'refused', message: /somebody on the way refused$/ } },
  { name: 'a redirect, which no browser follows', faults: upgrade(s => s.end('HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n')), check: 'websocket', found: { code: 'redirect', message: /302 redirects to ws:\/\/127\.0\.0\.1:9/ } },
  { name: 'a connection that breaks off', faults: upgrade(s => s.destroy()), check: 'websocket', found: { code: 'broken-off' } },
  { name: 'a 101 that fits no handshake', faults: upgrade(s => s.write(SWITCH)), check: 'websocket', found: { code: 'invalid-handshake' } }
]

/** Answers the n-th request whose path ends so. */
function nth (end: string, count: number, respond: (response: ServerResponse) => void): ProxyFaults {
  let seen = 0
  const { answer: take } = answer(end, respond)
  return {
    answer: (request, response) => {
      return String(request.url).endsWith(end) && ++seen === count && take?.(request, response) === true
    }
  }
}

const OPENED = `${'h'.repeat(2048)}\no\n`

/** After what was asked at the same time has been answered. */
const later = (write: () => unknown) => { setTimeout(write, 50) }

const SESSIONS: readonly Row[] = [
  { name: 'no open frame', faults: answer('/xhr', r => r.end('h\n')), check: 'xhr', found: { code: 'no-open-frame', message: /not in it/ } },
  { name: 'an open frame held back', faults: answer('/xhr', r => r.flushHeaders()), check: 'xhr', found: { code: 'no-open-frame', message: /in 600 ms/ }, timeoutMs: SHORT_MS },
  { name: 'an open frame in an answer that goes on', faults: answer('/xhr', r => r.write('o\n')), check: 'xhr', found: { code: 'ok' }, timeoutMs: SHORT_MS },
  { name: 'a session that breaks off', faults: { answer: ({ url, socket }) => String(url).endsWith('/xhr') && socket.destroy() !== undefined }, check: 'xhr', found: { code: 'broken-off' } },
  { name: 'a poll without its session', faults: nth('/xhr', 2, r => r.writeHead(404).end()), check: 'xhr poll', found: { code: 'no-affinity' } },
  { name: 'a poll that opens the session anew', faults: nth('/xhr', 2, r => r.end('o\n')), check: 'xhr poll', found: { code: 'no-affinity', message: /second open frame/ } },
  { name: 'a poll that is answered', faults: nth('/xhr', 2, r => r.end('a["x"]\n')), check: 'xhr poll', found: { code: 'ok' } },
  { name: 'a stream of which only the prelude comes', faults: answer('/xhr_streaming', r => r.write(`${'h'.repeat(2048)}\n`)), check: 'xhr_streaming', found: { code: 'buffered', message: /the first bytes came/ }, timeoutMs: SHORT_MS },
  { name: 'a stream of which only the head comes', faults: answer('/xhr_streaming', r => r.flushHeaders()), check: 'xhr_streaming', found: { code: 'buffered', message: /the head came/, mend: /proxy_buffering off/ }, timeoutMs: SHORT_MS },
  { name: 'a stream that is buffered', faults: { buffers: true }, check: 'xhr_streaming', found: { code: 'buffered', message: /not even its head/ }, timeoutMs: SHORT_MS },
  { name: 'a stream that is held back for a while', faults: { holdsStreamsMs: 1_700 }, check: 'xhr_streaming', found: { code: 'buffered', message: /open frame came after \d+ ms, by xhr after \d+ ms: a proxy holds/ }, timeoutMs: 3_000 },
  { name: 'events that are held back for a while', faults: { holdsStreamsMs: 1_700 }, check: 'eventsource', found: { code: 'buffered', message: /open frame came after/ }, timeoutMs: 3_000 },
  { name: 'a stream that is compressed', faults: { editHeaders: at('xhr_streaming', lines('', 'Content-Encoding', 'gzip')) }, check: 'xhr_streaming', found: { code: 'compressed', severity: 'warning' } },
  { name: 'a close frame in the place of the open frame', faults: answer('/xhr', r => r.end('c[3000,"Go away!"]\n')), check: 'xhr', found: { code: 'session-closed', message: /c\[3000,"Go away!"\]/ } },
  { name: 'a poll that is answered by a close frame', faults: nth('/xhr', 2, r => r.end('c[3000,"\u001b[31m"]\n')), check: 'xhr poll', found: { code: 'session-closed', message: /c\[3000,"[?\ufffd]\[31m"\]/ }, settleMs: SETTLE_MS },
  { name: 'a poll that is answered by a close frame soon', faults: nth('/xhr', 2, r => later(() => r.end('c[3000,"Go away!"]\n'))), check: 'xhr poll', found: { code: 'session-closed' }, settleMs: SETTLE_MS },
  { name: 'a stream that is closed at once', faults: answer('/xhr_streaming', r => r.end(`${OPENED}c[1002,"x"]\n`)), check: 'xhr_streaming', found: { code: 'session-closed', message: /c\[1002,"x"\]/ } },
  { name: 'a stream that is closed soon', faults: answer('/xhr_streaming', r => r.write(OPENED, () => later(() => r.write('c[1002,"x"]\n')))), check: 'xhr_streaming', found: { code: 'session-closed' }, settleMs: SETTLE_MS },
  { name: 'a stream that breaks off at once', faults: answer('/xhr_streaming', r => r.write(OPENED, () => r.destroy())), check: 'xhr_streaming', found: { code: 'broken-off', message: /right after its open frame/ }, settleMs: SETTLE_MS },
  { name: 'a stream that ends at once', faults: answer('/xhr_streaming', r => r.end(OPENED)), check: 'xhr_streaming', found: { code: 'stream-ends', severity: 'warning' }, settleMs: SETTLE_MS },
  { name: 'a stream of events that is refused', faults: answer('/eventsource', r => r.writeHead(403).end()), check: 'eventsource', found: { code: 'refused' } },
  { name: 'a stream of events that the service does not have', faults: answer('/eventsource', r => r.writeHead(404).end()), check: 'eventsource', found: { code: 'switched-off', severity: 'note' } },
  { name: 'a stream of events of which only the head comes', faults: answer('/eventsource', r => r.flushHeaders()), check: 'eventsource', found: { code: 'buffered' }, timeoutMs: SHORT_MS },
  { name: 'a stream of events that is closed at once', faults: answer('/eventsource', r => r.end('\r\ndata: c[3000,"Go away!"]\r\n\r\n')), check: 'eventsource', found: { code: 'session-closed' } },
  { name: 'a stream of events under another type', faults: { editHeaders: at('/eventsource', lines('content-type', 'Content-Type', 'text/event-streams')) }, check: 'eventsource', found: { code: 'not-event-stream' } },
  { name: 'a stream of events without CORS headers', faults: { editHeaders: at('/eventsource', lines(ACAO.toLowerCase())) }, check: 'eventsource', found: { code: 'acao-missing' } },
  { name: 'a stream of events as Spring writes it, to any origin without credentials', faults: { answer: ({ url, headers }, response) => String(url).endsWith('/eventsource') && headers.accept === 'text/event-stream' && response.writeHead(200, { [ACAO]: '*', 'Content-Type': 'text/event-stream;charset=UTF-8' }).write('\r\ndata:o\r\n\r\n') }, check: 'eventsource', found: { code: 'ok' } },
  { name: 'a stream that ends without an open frame', faults: answer('/xhr_streaming', r => r.end('hhh\n')), check: 'xhr_streaming', found: { code: 'no-open-frame' } },
  { name: 'an iframe page that some sites may frame', faults: answer('/iframe.html', r => r.setHeader('Content-Security-Policy', "default-src 'self'; frame-ancestors 'self' https://*.example.com").end()), check: 'iframe', found: { code: 'ok' } },
  { name: 'an iframe page that every site may frame', faults: answer('/iframe.html', r => r.setHeader('Content-Security-Policy', 'frame-ancestors https://a.test *').end()), check: 'iframe', found: { code: 'open-to-any-site', severity: 'warning' } },
  { name: 'an iframe page without an answer', faults: { answer: ({ url, socket }) => String(url).includes('iframe') && socket.destroy() !== undefined }, check: 'iframe', found: { code: 'ok', message: /no answer/ } }
]

for (const row of [...CORS, ...STATUSES, ...UPGRADES, ...SESSIONS]) {
  t.test(`finds ${row.name} at ${row.check}`, { buffered: true }, async t => {
    const { url } = await springLikeInstance(t, { allowed: [PAGE] })
    const proxy = await plainProxy(t, [url], row.faults)
    const { timeoutMs = 5_000, settleMs = 25 } = row
    const found = await examine(`${proxy.url}/ws-stomp`, { timeoutMs, settleMs })
    const isGood = row.found.code === 'ok'
    const severity = isGood ? 'ok' : 'fault'
    t.match(found.of(row.check), { severity, ...(!isGood && { mend: String }), ...row.found })
  })
}

/** A frame as a server sends it, unmasked (RFC 6455 section 5.2). */
const frame = (opcode: number, payload: Buffer) => {
  return Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload])
}
const TEXT = 1
const BINARY = 2
const CLOSE = 8

const acceptOf = (key: unknown) => {
  return createHash('sha1').update(`${String(key)}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

/** Answers every upgrade with a good 101, and goes on. */
const switchTo = (goOn: (socket: Socket) => void): ProxyFaults => ({
  upgrade: ({ headers }, socket) => {
    socket.write(SWITCH.replace(/Accept: .*/, `Accept: ${acceptOf(headers['sec-websocket-key'])}`))
    goOn(socket)
  }
})

/** What comes after a good 101; `leaves`: when the peer ends the connection, never where it says so. */
const AFTER_101 = [
  ['an end', { bytes: '', leaves: 'at once' }, { code: 'closed-after-101', message: /101, then closed with 1006 before/ }],
  ['a close frame', { bytes: frame(CLOSE, Buffer.from([0x03, 0xf3, ...Buffer.from('go\u001b[31m')])), leaves: 'answered' }, { code: 'closed-after-101', message: /with 1011 "go[?\ufffd]\[31m"/ }],
  ['a close frame and no end', { bytes: frame(CLOSE, Buffer.from([0x03, 0xf3])), leaves: 'never' }, { code: 'closed-after-101', message: /with 1011 before/ }],
  ['a SockJS close frame', { bytes: frame(TEXT, Buffer.from('c[3000,"Go away!"]')), leaves: 'answered' }, { code: 'closed-after-101', message: /by the SockJS frame c\[3000,"Go away!"\]/ }],
  ['a SockJS close frame with control characters', { bytes: frame(TEXT, Buffer.from('c[3000,"\u001b[31m"]')), leaves: 'answered' }, { code: 'closed-after-101', message: /by the SockJS frame c\[3000,"[?\ufffd]\[31m"\] before/ }],
  ['the head of a frame of 64 KiB and a byte', { bytes: Buffer.from([0x80 | TEXT, 127, 0, 0, 0, 0, 0, 1, 0, 1]), leaves: 'answered' }, { code: 'closed-after-101', message: /with 1006/ }],
  ['a frame of something else', { bytes: frame(TEXT, Buffer.from('hello')), leaves: 'answered' }, { code: 'no-open-frame', message: /first frame/ }],
  ['an open frame and a close frame', { bytes: Buffer.concat([frame(TEXT, Buffer.from('o')), frame(CLOSE, Buffer.from([0x03, 0xf3]))]), leaves: 'answered' }, { code: 'closed-after-101', message: /the open frame, then closed with 1011 at once/ }],
  ['an open frame, a close frame and no end', { bytes: Buffer.concat([frame(TEXT, Buffer.from('o')), frame(CLOSE, Buffer.from([0x03, 0xf3]))]), leaves: 'never' }, { code: 'closed-after-101', message: /with 1011 at once/ }],
  ['an open frame and an end', { bytes: frame(TEXT, Buffer.from('o')), leaves: 'at once' }, { code: 'closed-after-101', message: /the open frame, then closed with 1006/ }],
  ['an open frame and a SockJS close frame', { bytes: Buffer.concat([frame(TEXT, Buffer.from('o')), frame(TEXT, Buffer.from('c[1002,"\u001b[31m"]'))]), leaves: 'answered' }, { code: 'closed-after-101', message: /then closed by the SockJS frame c\[1002,"[?\ufffd]\[31m"\] at once/ }],
  ['an open frame in a binary frame', { bytes: frame(BINARY, Buffer.from('o')), leaves: 'answered' }, { code: 'no-open-frame', message: /first frame is binary/ }],
  ['bytes that are no frame', { bytes: Buffer.from([0xff, 0xff]), leaves: 'answered' }, { code: 'closed-after-101', message: /with 1006/ }],
  ['silence', { bytes: '', leaves: 'never' }, { code: 'silent-after-101', message: /in 600 ms/ }]
] as const

for (const [name, { bytes, leaves }, found] of AFTER_101) {
  t.test(`finds a 101 and then ${name}`, { buffered: true }, async t => {
    const { url } = await springLikeInstance(t, { allowed: [PAGE] })
    const proxy = await plainProxy(t, [url], switchTo(socket => {
      socket.write(bytes)
      if (leaves === 'at once') socket.end()
      if (leaves === 'answered') socket.once('data', () => socket.end())
    }))
    const timeoutMs = leaves === 'never' ? SHORT_MS : 5_000
    const settleMs = name.startsWith('an open frame and') ? SETTLE_MS : 25
    const { of } = await examine(`${proxy.url}/ws-stomp`, { timeoutMs, settleMs })
    t.match(of('websocket'), { severity: 'fault', ...found })
  })
}

t.test('takes messages right after the open frame for no end', async t => {
  const { url } = await springLikeInstance(t, { allowed: [PAGE] })
  const proxy = await plainProxy(t, [url], switchTo(socket => {
    socket.write(Buffer.concat(['o', 'h', 'a["x"]'].map(text => frame(TEXT, Buffer.from(text)))))
    socket.once('data', () => socket.end())
  }))
  t.match((await examine(`${proxy.url}/ws-stomp`)).of('websocket'), { severity: 'ok' })
})

t.test('finds sessions whose requests meet different instances', async t => {
  const urls = [(await sockjsInstance(t)).url, (await sockjsInstance(t)).url]
  const proxy = await plainProxy(t, urls)
  const { of } = await examine(`${proxy.url}/echo`)
  t.match(of('xhr_send'), { severity: 'fault', code: 'no-affinity', mend: /session id in the path/ })
})

t.test('asks for no upgrade where /info offers none', async t => {
  const { url } = await springLikeInstance(t, { allowed: [PAGE] })
  const info = JSON.stringify({ websocket: false, origins: ['*:*'], cookie_needed: false, entropy: 1 })
  const proxy = await plainProxy(t, [url], answer('/info', response => response.end(info)))
  const { of } = await examine(`${proxy.url}/ws-stomp`)
  t.match(of('websocket'), { severity: 'note', code: 'switched-off', message: /"websocket":false/ })
})

t.test('asks for no CORS headers where the page is on the same origin', async t => {
  const { url } = await springLikeInstance(t)
  const { of } = await examine(`${url}/ws-stomp`, { origin: url })
  for (const check of ['info', 'preflight', 'xhr_send', 'xhr_streaming', 'websocket'] as const) {
    t.match(of(check), { severity: 'ok' }, check)
  }
})

t.test('takes a preflight that is refused for a note where the page is on the same origin', async t => {
  const { url } = await springLikeInstance(t)
  for (const status of [403, 405]) {
    const proxy = await plainProxy(t, [url], {
      answer: ({ method }, response) => method === 'OPTIONS' && response.writeHead(status).end() !== undefined
    })
    // The proxy passes the Host on, so the instance holds it for the same origin, too.
    const { all, of } = await examine(`${proxy.url}/ws-stomp`, { origin: proxy.url })
    t.match(of('preflight'), { severity: 'note', message: /\(a page on the same origin sends no preflight\)$/ })
    t.notOk(all.some(({ severity }) => severity === 'fault'))
  }
})
