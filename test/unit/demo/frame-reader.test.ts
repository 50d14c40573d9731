import t from 'tap'
import { createFrameReader } from '../../../src/demo/frame-reader.js'
import type { Incoming } from '../../../src/demo/frame-reader.js'

const readAll = (...chunks: Array<string | Uint8Array>): Incoming[] => {
  const read = createFrameReader(1_000)
  return chunks.flatMap(chunk => [...read(chunk)])
}

const frame = (command: string, headers: Record<string, string>, body = ''): Incoming =>
  ({ type: 'frame', frame: { command, headers: new Map(Object.entries(headers)), body } })

const SEND = 'SEND\ndestination:/topic/a\ncontent-type:text/plain\n\nhello\0'

t.test('yields a whole frame with its headers and body', async t => {
  t.strictSame(readAll(SEND), [frame('SEND', { destination: '/topic/a', 'content-type': 'text/plain' }, 'hello')])
})

t.test('yields the same frame however its bytes are cut', async t => {
  const whole = readAll('SEND\ndestination:/topic/ä\n\nGrüße 🙂\0')
  const bytes = Buffer.from('SEND\ndestination:/topic/ä\n\nGrüße 🙂\0')
  for (let at = 1; at < bytes.length; at++) {
    t.strictSame(readAll(bytes.subarray(0, at), bytes.subarray(at)), whole, `cut at byte ${at}`)
  }
})

t.test('yields frames and heart-beats of one chunk in their order', async t => {
  t.strictSame(readAll('\nBEGIN\n\n\0\r\n\nABORT\n\n\0\n'), [
    { type: 'heart-beat' }, frame('BEGIN', {}), { type: 'heart-beat' }, { type: 'heart-beat' },
    frame('ABORT', {}), { type: 'heart-beat' }
  ])
})

t.test('takes lines that end in CR LF', async t => {
  t.strictSame(readAll('SEND\r\na:b\r\n\r\nbody\0'), [frame('SEND', { a: 'b' }, 'body')])
})

t.test('reads a body with NUL in it by its content-length', async t => {
  t.strictSame(readAll('SEND\ncontent-length:5\n\na\0b\nc\0\n'), [
    frame('SEND', { 'content-length': '5' }, 'a\0b\nc'), { type: 'heart-beat' }
  ])
})

const malformed = [
  ['a header line without a colon', 'SEND\nfoo\nbar:1\n\n\0', 'a header line has no colon'],
  ['a last header line without a colon', 'SEND\nfoo:1\nbar\n\n\0', 'a header line has no colon'],
  ['a header without a name', 'SEND\n:1\n\n\0', 'a header has no name'],
  ['a command without a line feed', 'SEND\0', 'a frame ends within its headers'],
  ['a head without a blank line', 'SEND\na:b\n\0', 'a frame ends within its headers'],
  ['an unknown escape in a value', 'SEND\na:\\t\n\n\0', 'a header holds an unknown escape sequence'],
  ['an unknown escape in a name', 'SEND\n\\t:a\n\n\0', 'a header holds an unknown escape sequence'],
  ['a backslash at the end of a value', 'SEND\na:b\\\n\n\0', 'a header holds an unknown escape sequence'],
  ['a content-length that only begins as a number', 'SEND\ncontent-length:1x\n\na\0', 'content-length is not a number'],
  ['a body longer than its content-length', 'SEND\ncontent-length:1\n\nabc\0', 'a body is longer than its content-length'],
  ['a body that is not UTF-8', Buffer.from('SEND\n\n\xff\0', 'latin1'), 'the body is not UTF-8 text']
] as const
for (const [name, bytes, reason] of malformed) {
  t.test(`calls ${name} malformed`, async t => {
    t.strictSame(readAll(bytes)[0], { type: 'malformed', reason })
  })
}

const endless = [
  ['command', 'S'.repeat(2_000)],
  ['header', 'SEND\na:' + 'b'.repeat(2_000)],
  ['body', 'SEND\n\n' + 'c'.repeat(2_000)],
  ['frame of a content-length that is no number', 'SEND\ncontent-length:many\n\n' + '\0'.repeat(2_000)],
  ['run of NULs', '\0'.repeat(2_000)]
] as const
for (const [name, bytes] of endless) {
  t.test(`gives up an endless ${name} at the bound`, async t => {
    t.strictSame(readAll(bytes), [{ type: 'malformed', reason: 'a frame is longer than 1000 bytes' }])
  })
}

t.test('counts the bytes of a frame over several chunks', async t => {
  const half = 'x'.repeat(600)
  t.match(readAll(`SEND\n\n${half}`, half), [{ type: 'malformed' }])
})

t.test('takes frame after frame when each is within the bound', async t => {
  const longest = `SEND\n\n${'x'.repeat(993)}\0`
  t.equal(longest.length, 1_000)
  t.equal(readAll(longest.repeat(3)).filter(item => item.type === 'frame').length, 3)
})
