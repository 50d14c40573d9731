import t from 'tap'
import { ChunkedReader } from '../../../src/http/chunked-reader.js'

/** Reads `text` in pieces of `size` bytes: what came of it. */
function readAll (text: string, size = text.length) {
  const reader = new ChunkedReader()
  const bytes = Buffer.from(text, 'latin1')
  let payload = ''
  let taken = 0
  for (let at = 0; at < bytes.length && reader.state === 'data'; at += size) {
    taken += reader.read(bytes.subarray(at, at + size), part => { payload += part.toString('latin1') })
  }
  return { payload, taken, state: reader.state }
}

const whole = [
  ['one chunk', '3\r\nabc\r\n0\r\n\r\n', 'abc'],
  ['several chunks', '3\r\nabc\r\n1\r\nd\r\nA\r\n0123456789\r\n0\r\n\r\n', 'abcd0123456789'],
  ['nothing', '0\r\n\r\n', ''],
  ['sizes with leading zeros', '0003\r\nabc\r\n000\r\n\r\n', 'abc'],
  ['sizes in both cases', 'a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n', '01234567890123456789'],
  ['extensions', '3;a=b;c="d"\r\nabc\r\n0;e\r\n\r\n', 'abc'],
  ['trailers', '3\r\nabc\r\n0\r\nA: b\r\nC: d\r\n\r\n', 'abc'],
  ['a payload that looks like framing', '7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n', '0\r\n\r\n\r\n']
] as const
for (const [name, text, payload] of whole) {
  t.test(`takes ${name} apart, however it is split`, async t => {
    for (let size = 1; size <= text.length; size++) {
      t.strictSame(readAll(text, size), { payload, taken: text.length, state: 'ended' })
    }
  })
}

t.test('leaves what follows the body', async t => {
  const text = '1\r\na\r\n0\r\n\r\n'
  t.match(readAll(`${text}HTTP/1.1 200 OK`), { payload: 'a', taken: text.length, state: 'ended' })
})

t.test('waits for more', async t => {
  const text = '3\r\nabc\r\n0\r\nA: b\r\n\r\n'
  for (let size = 0; size < text.length; size++) t.equal(readAll(text.slice(0, size)).state, 'data')
})

const broken = [
  ['no size', '\r\nabc\r\n'],
  ['no size before an extension', ';a\r\n'],
  ['a size that is no number', 'g\r\n'],
  ['a negative size', '-1\r\n'],
  ['a size in another notation', '0x3\r\nabc\r\n'],
  ['a blank before the size', ' 3\r\nabc\r\n'],
  ['a blank after the size', '3 \r\nabc\r\n'],
  ['a size over 13 digits', '00000000000003\r\nabc\r\n'],
  ['a bare LF after the size', '3\nabc\r\n'],
  ['a CR alone after the size', '3\rabc\r\n'],
  ['a bare LF in an extension', '3;a\nabc\r\n'],
  ['a CR alone in an extension', '3;a\rb\r\nabc\r\n'],
  ['a chunk that is longer than its size', '3\r\nabcd\r\n'],
  ['a chunk that ends in a bare LF', '3\r\nabc\n'],
  ['a chunk that ends in a CR alone', '3\r\nabc\rd'],
  ['a bare LF after a trailer', '0\r\nA: b\n\r\n'],
  ['a CR alone in a trailer', '0\r\nA: b\rc\r\n'],
  ['a bare LF at the end', '0\r\n\n'],
  ['a CR alone at the end', '0\r\n\rx']
] as const
for (const [name, text] of broken) {
  t.test(`refuses ${name}`, async t => {
    for (const size of [1, text.length]) t.equal(readAll(text, size).state, 'broken')
  })
}

t.test('bounds what is thrown away: extensions of one chunk, and all trailers', async t => {
  const kept = ';'.repeat(16_000)
  t.equal(readAll(`1${kept}\r\na\r\n1${kept}\r\nb\r\n0${kept}\r\n\r\n`).payload, 'ab')
  t.equal(readAll(`1${';'.repeat(16_500)}\r\na\r\n`).state, 'broken')
  t.equal(readAll(`0\r\n${`A: ${'b'.repeat(1_000)}\r\n`.repeat(15)}\r\n`).state, 'ended')
  t.equal(readAll(`0\r\n${`A: ${'b'.repeat(1_000)}\r\n`.repeat(17)}\r\n`).state, 'broken')
})
