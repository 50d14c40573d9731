import t from 'tap'
import type { Answer } from '../../../src/doctor/answer.js'
import { findCorsTroubles } from '../../../src/doctor/cors.js'
import { judgeForeignTransport } from '../../../src/doctor/exposure.js'
import { explainFailure } from '../../../src/doctor/failure.js'
import { findMixedContent } from '../../../src/doctor/mixed-content.js'
import { printable } from '../../../src/origin/printable.js'
import { explainRefusal, readGatehouseError } from '../../../src/doctor/refusal.js'
import { judgeOpening } from '../../../src/doctor/session.js'
import { judgeStream } from '../../../src/doctor/stream.js'

const URL_ASKED = 'https://gate$1.example.com/stomp/ws-stomp'
const answer = (status: number, body = '', rawHeaders: string[] = []): Answer => {
  return { kind: 'answer', status, rawHeaders, body, ended: 'complete', tookMs: 1 }
}

const FAILURES = [
  ['ENOTFOUND', 'unknown-host', /gate\$1\.example\.com has no address \(ENOTFOUND\)/],
  ['EAI_AGAIN', 'unknown-host', /EAI_AGAIN/],
  ['ECONNREFUSED', 'connection-refused', /nothing listens/],
  ['EHOSTUNREACH', 'unreachable', /EHOSTUNREACH/],
  ['CERT_HAS_EXPIRED', 'certificate', /CERT_HAS_EXPIRED/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate', /not trusted/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate', /not trusted/],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls', /does not speak TLS/],
  ['TIMEOUT', 'timed-out', /in 5000 ms/]
] as const

for (const [code, trouble, message] of FAILURES) {
  t.test(`explains ${code} as ${trouble}`, async t => {
    t.match(explainFailure({ kind: 'failure', code }, URL_ASKED, 5_000), { code: trouble, message, mend: /./ })
  })
}

t.test('shows no control character, no text that turns round and not more than was asked for', async t => {
  t.equal(printable('a\u0000\u001b[31m\u009b\r\n\u2028\u202e\u200bé'), 'a\ufffd\ufffd[31m\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdé')
  t.equal(printable('x'.repeat(80)), 'x'.repeat(80))
  t.equal(printable('x'.repeat(81)), `${'x'.repeat(80)}…`)
  t.equal(printable('\u001b'.repeat(9), 3), '\ufffd\ufffd\ufffd…')
})

t.test('believes only what looks like an error of Gatehouse', async t => {
  const error = { statusCode: 403, code: 'ERR_ORIGIN_NOT_ALLOWED', message: 'no\u001b[2J', requestId: 'r' }
  t.same(readGatehouseError(JSON.stringify(error)), { code: 'ERR_ORIGIN_NOT_ALLOWED', message: 'no\ufffd[2J' })
  const others = ['', '[]', 'null', '{}', { ...error, code: 'ERR_\u001b' }, { ...error, code: 7 }, { ...error, message: 7 }, { ...error, requestId: undefined }]
  for (const other of others) {
    t.equal(readGatehouseError(typeof other === 'string' ? other : JSON.stringify(other)), undefined)
  }
})

t.test('explains refusals of requests that had no Origin', async t => {
  const asked = { url: URL_ASKED, origin: undefined }
  const body = JSON.stringify({ code: 'ERR_ORIGIN_NOT_ALLOWED', message: 'cross-site', requestId: 'r' })
  t.match(explainRefusal(answer(403, body), asked), { code: 'gatehouse-refused', mend: /Sec-Fetch-Site/ })
  t.match(explainRefusal(answer(403, 'Invalid CORS request'), asked), { code: 'spring-refused', mend: /app\.example\.com/ })
})

t.test('tells nothing of a body or a location that others wrote', async t => {
  const secret = '/stomp/ws-stomp/000/s3cret/xhr'
  const asked = { url: URL_ASKED, origin: 'https://app.example.com' }
  for (const status of [302, 401, 403, 404, 409, 500, 502]) {
    const told = explainRefusal(answer(status, `Cannot POST ${secret}`, ['Location', secret]), asked)
    t.notMatch(JSON.stringify(told), 's3cret', `${status}`)
  }
})

t.test('takes a session that breaks off for what it is', async t => {
  const asked = { url: URL_ASKED, origin: 'https://app.example.com', timeoutMs: 1 }
  t.match(judgeOpening(asked, { kind: 'failure', code: 'ECONNRESET' }), { check: 'xhr', severity: 'fault', code: 'broken-off' })
})

const FRAMES = [
  ['nothing that says who may frame it', [], true],
  ['a policy about other things', ['Content-Security-Policy', "default-src 'self'"], true],
  ['X-Frame-Options', ['X-Frame-Options', 'SAMEORIGIN'], false],
  ['X-Frame-Options that no browser knows', ['X-Frame-Options', 'ALLOWALL'], true],
  ['a list', ['content-security-policy', 'frame-ancestors https://*.example.com'], false],
  ['no ancestor at all', ['content-security-policy', "frame-ancestors 'none'"], false],
  ['every https site', ['content-security-policy', 'frame-ancestors https:'], true],
  ['every host', ['content-security-policy', 'frame-ancestors https://*'], true],
  ['every site, whatever X-Frame-Options says', ['content-security-policy', 'frame-ancestors *', 'X-Frame-Options', 'DENY'], true],
  ['two policies, of which one lists', ['content-security-policy', 'frame-ancestors *', 'content-security-policy', 'frame-ancestors https://a.test'], false]
] as const

for (const [name, rawHeaders, isOpen] of FRAMES) {
  t.test(`holds an iframe page with ${name} for ${isOpen ? 'open' : 'guarded'}`, async t => {
    t.equal(judgeForeignTransport('iframe', answer(200, '', [...rawHeaders])).severity, isOpen ? 'warning' : 'ok')
  })
}

t.test('takes a stream for held back when it is a second slower than xhr, with short time-outs half of those', async t => {
  const asked = { url: URL_ASKED, origin: new URL(URL_ASKED).origin }
  const rows = [[5_000, 3_000, 3_999, 'ok'], [5_000, 3_000, 4_001, 'buffered'], [800, 100, 499, 'ok'], [800, 100, 501, 'buffered']] as const
  for (const [timeoutMs, openingMs, tookMs, code] of rows) {
    const stream: Answer = { ...answer(200, 'h\no\n'), ended: 'enough', tookMs }
    t.equal(judgeStream({ ...asked, timeoutMs, openingMs }, 'xhr_streaming', stream).code, code)
  }
})

const PAGES = [
  ['https://app.example.com', 'http://api.example.com:8080/ws', true],
  ['https://app.example.com', 'http://10.0.0.2/ws', true],
  ['https://app.example.com', 'http://localhost.example.com/ws', true],
  ['https://app.example.com', 'http://127.example.com/ws', true],
  ['https://app.example.com', 'https://api.example.com/ws', false],
  ['http://app.example.com', 'http://api.example.com/ws', false],
  ['null', 'http://api.example.com/ws', false],
  ['https://app.example.com', 'http://localhost:8080/ws', false],
  ['https://app.example.com', 'http://chat.localhost/ws', false],
  ['https://app.example.com', 'http://127.8.9.1/ws', false],
  ['https://app.example.com', 'http://[::1]:8080/ws', false]
] as const

t.test('knows what browsers block as mixed content', async t => {
  for (const [origin, url, isBlocked] of PAGES) {
    t.equal(findMixedContent(origin, url)?.code, isBlocked ? 'mixed-content' : undefined, `${origin} asks ${url}`)
  }
  t.match(findMixedContent(...PAGES[0].slice(0, 2) as [string, string]), { message: /http:\/\/api\.example\.com:8080/, mend: /over https/ })
})

t.test('quotes a wrong Access-Control-Allow-Origin as a terminal may show it', async t => {
  const allowed = `https://\u009b31m${'x'.repeat(100)}`
  const [trouble] = findCorsTroubles(answer(200, '', ['Access-Control-Allow-Origin', allowed]), 'https://app.example.com')
  t.equal(trouble?.code, 'acao-wrong')
  t.match(trouble?.message, `is "https://\ufffd31m${'x'.repeat(68)}…", not`)
})
