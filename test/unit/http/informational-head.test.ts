import t from 'tap'
import { readAnswerStart } from '../../../src/http/informational-head.js'

const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'

t.test('reads status and lines of an informational head, and tells where it ends', async t => {
  const head = 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nX:\t a b\xe9 \t\r\nempty:\r\n\r\n'
  t.same(readAnswerStart(`${head}and more\r\n\r\n`), {
    kind: 'informational',
    head: { status: 103, rawHeaders: ['Link', '</a>; rel=preload', 'X', 'a b\xe9', 'empty', ''], size: head.length }
  })
})

t.test('takes a status line without a reason, and a head without lines', async t => {
  for (const line of ['HTTP/1.1 100', 'HTTP/1.1 100 ', 'HTTP/1.1 199 a\tb']) {
    t.match(readAnswerStart(`${line}\r\n\r\n`), { kind: 'informational', head: { rawHeaders: [] } }, line)
  }
})

t.test('waits for the rest of whatever may become an informational head', async t => {
  for (let size = 0; size < SWITCH.length; size++) {
    t.same(readAnswerStart(SWITCH.slice(0, size)), { kind: 'partial' }, `${size} bytes`)
  }
})

const others = ['HTTP/1.1 200 OK\r\n', 'HTTP/1.1 2', 'HTTP/1.1 403 Forbidden\r\n\r\n', 'HTTP/1.0 101 x\r\n\r\n', 'hello',
  'http/1.1 101 x\r\n\r\n', 'HTTP/1.1  101 x\r\n\r\n', '\r\nHTTP/1.1 101 x\r\n\r\n', '\x81\x05hello']
for (const bytes of others) {
  t.test(`leaves ${JSON.stringify(bytes)} to others`, async t => { t.same(readAnswerStart(bytes), { kind: 'other' }) })
}

const broken = [
  ['a bare LF behind the status line', 'HTTP/1.1 101 x\nUpgrade: websocket\r\n\r\n'],
  ['a bare LF between lines', 'HTTP/1.1 101 x\r\nUpgrade: websocket\nA: b\r\n\r\n'],
  ['a bare CR in a value', 'HTTP/1.1 101 x\r\nA: b\rc\r\n\r\n'],
  ['a bare CR before the end', 'HTTP/1.1 101 x\r\nA: b\r\r\n\r\n'],
  ['a NUL in a value', 'HTTP/1.1 101 x\r\nA: b\0c\r\n\r\n'],
  ['a DEL in a value', 'HTTP/1.1 101 x\r\nA: \x7f\r\n\r\n'],
  ['a NUL in the reason', 'HTTP/1.1 101 x\0\r\n\r\n'],
  ['a folded line', 'HTTP/1.1 101 x\r\nA: b\r\n c\r\n\r\n'],
  ['a line folded by a tab', 'HTTP/1.1 101 x\r\nA: b\r\n\tc: d\r\n\r\n'],
  ['a space before the colon', 'HTTP/1.1 101 x\r\nUpgrade : websocket\r\n\r\n'],
  ['a line without a colon', 'HTTP/1.1 101 x\r\nUpgrade\r\n\r\n'],
  ['a line without a name', 'HTTP/1.1 101 x\r\n: websocket\r\n\r\n'],
  ['a name that is no token', 'HTTP/1.1 101 x\r\nUp(grade): websocket\r\n\r\n'],
  ['a name of other letters', 'HTTP/1.1 101 x\r\nUpgrad\xe9: websocket\r\n\r\n'],
  ['two figures of a status', 'HTTP/1.1 10 x\r\n\r\n'],
  ['four figures of a status', 'HTTP/1.1 1010 x\r\n\r\n'],
  ['letters in the status', 'HTTP/1.1 1o1 x\r\n\r\n']
] as const
for (const [name, bytes] of broken) {
  t.test(`refuses ${name}`, async t => { t.match(readAnswerStart(bytes), { kind: 'fault', message: /malformed/ }) })
}

t.test('reads heads of 16 KiB, and none that is longer', async t => {
  const headOf = (size: number) => `HTTP/1.1 101 x\r\nA: ${'b'.repeat(size - 23)}\r\n\r\n`
  t.equal(headOf(16_384).length, 16_384)
  t.equal(readAnswerStart(headOf(16_384)).kind, 'informational')
  t.match(readAnswerStart(headOf(16_385)), { kind: 'fault', message: /16 KiB/ })
  t.equal(readAnswerStart(headOf(20_000).slice(0, 16_383)).kind, 'partial')
  t.match(readAnswerStart(headOf(20_000).slice(0, 16_384)), { kind: 'fault', message: /16 KiB/ })
})
