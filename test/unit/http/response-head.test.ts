import t from 'tap'
import { framingOf, readResponseHead, type ResponseHead } from '../../../src/http/response-head.js'

const head = (...lines: string[]) => lines.map(line => `${line}\r\n`).join('')

t.test('reads the status, the reason, the version and the lines as they stand', async t => {
  t.strictSame(readResponseHead(head('HTTP/1.1 200 OK', 'X-One: a', 'x-one:b', 'X-Two: \t c d\xa0 \t')), {
    status: 200, reason: 'OK', minorVersion: 1, headers: ['X-One', 'a', 'x-one', 'b', 'X-Two', 'c d\xa0']
  })
  t.match(readResponseHead(head('HTTP/1.0 404 Not here, sorry')), { status: 404, reason: 'Not here, sorry', minorVersion: 0 })
})

const readable = [
  ['no reason', 'HTTP/1.1 200 ', ''],
  ['no reason and no blank', 'HTTP/1.1 200', ''],
  ['a reason of control characters', 'HTTP/1.1 200 a\x01b', ''],
  ['a reason outside ASCII', 'HTTP/1.1 200 \xe9', ''],
  ['a status nobody has registered', 'HTTP/1.1 999 Odd', 'Odd']
] as const
for (const [name, line, reason] of readable) {
  t.test(`reads a status line with ${name}`, async t => { t.equal(readResponseHead(head(line))?.reason, reason) })
}

t.test('an empty value is one', async t => {
  t.strictSame(readResponseHead(head('HTTP/1.1 200 OK', 'A:', 'B: ', 'C:\t'))?.headers, ['A', '', 'B', '', 'C', ''])
})

const unreadable = [
  ['another version', 'HTTP/2.0 200 OK'],
  ['a version of one digit', 'HTTP/1 200 OK'],
  ['lower-case letters', 'http/1.1 200 OK'],
  ['a status of two digits', 'HTTP/1.1 20 OK'],
  ['a status of four digits', 'HTTP/1.1 2000 OK'],
  ['a status that starts with 0', 'HTTP/1.1 099 OK'],
  ['two blanks', 'HTTP/1.1  200 OK'],
  ['a bare LF in the reason', 'HTTP/1.1 200 O\nK'],
  ['NUL in the reason', 'HTTP/1.1 200 O\0K'],
  ['a blank before the colon', 'HTTP/1.1 200 OK', 'A : b'],
  ['a blank before the name', 'HTTP/1.1 200 OK', ' A: b'],
  ['a folded line', 'HTTP/1.1 200 OK', 'A: b', '\tc'],
  ['no colon', 'HTTP/1.1 200 OK', 'A'],
  ['no name', 'HTTP/1.1 200 OK', ': a'],
  ['a name that is no token', 'HTTP/1.1 200 OK', 'A(b): c'],
  ['a bare CR in a value', 'HTTP/1.1 200 OK', 'A: b\rC: d'],
  ['a bare LF in a value', 'HTTP/1.1 200 OK', 'A: b\nC: d'],
  ['NUL in a value', 'HTTP/1.1 200 OK', 'A: b\0'],
  ['DEL in a value', 'HTTP/1.1 200 OK', 'A: b\x7f'],
  ['another control character in a value', 'HTTP/1.1 200 OK', 'A: b\x1f']
] as const
for (const [name, ...lines] of unreadable) {
  t.test(`refuses ${name}`, async t => { t.equal(readResponseHead(head(...lines)), undefined) })
}

const answer = (status: number, headers: string[], minorVersion: 0 | 1 = 1): ResponseHead =>
  ({ status, reason: '', minorVersion, headers })

const framed = [
  ['a length', answer(200, ['content-length', '12']), false, 12],
  ['a length of 0', answer(200, ['Content-Length', '0']), false, 0],
  ['chunks', answer(200, ['Transfer-Encoding', 'Chunked']), false, 'chunked'],
  ['neither', answer(200, []), false, 'closed'],
  ['neither, in HTTP/1.0', answer(200, [], 0), false, 'closed'],
  ['a length, to HEAD', answer(200, ['content-length', '12']), true, 0],
  ['chunks, to HEAD', answer(200, ['transfer-encoding', 'chunked']), true, 0],
  ['a length and status 304', answer(304, ['content-length', '12']), false, 0],
  ['status 204', answer(204, []), false, 0],
  ['chunks and an empty member', answer(200, ['transfer-encoding', 'chunked,']), false, undefined],
  ['a coding beside chunked', answer(200, ['transfer-encoding', 'gzip, chunked']), false, undefined],
  ['a coding beside chunked, to HEAD', answer(200, ['transfer-encoding', 'gzip, chunked']), true, undefined],
  ['chunks twice', answer(200, ['transfer-encoding', 'chunked', 'transfer-encoding', 'chunked']), false, undefined],
  ['a coding without a name', answer(200, ['transfer-encoding', '']), false, undefined],
  ['chunks in HTTP/1.0', answer(200, ['transfer-encoding', 'chunked'], 0), false, undefined],
  ['chunks and a length', answer(200, ['transfer-encoding', 'chunked', 'content-length', '12']), false, undefined],
  ['two lengths', answer(200, ['content-length', '12', 'content-length', '12']), false, undefined],
  ['a list of lengths', answer(200, ['content-length', '12, 12']), false, undefined],
  ['a length with a sign', answer(200, ['content-length', '+12']), false, undefined],
  ['a length that is not exact as a number', answer(200, ['content-length', '9007199254740993']), false, undefined],
  ['no length in the line', answer(200, ['content-length', '']), false, undefined]
] as const
for (const [name, given, isHead, expected] of framed) {
  const title = expected === undefined ? 'is refused' : typeof expected === 'number' ? `has ${expected} bytes` : `is ${expected}`
  t.test(`the body of an answer with ${name} ${title}`, async t => { t.equal(framingOf(given, isHead), expected) })
}
