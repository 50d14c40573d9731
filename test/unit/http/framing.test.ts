import t from 'tap'
import { findFramingFault, isHeadTooLarge } from '../../../src/http/framing.js'

const heads = [
  ['HTTP/1.1 without a body passes', 1, 1, [], undefined],
  ['HTTP/1.1 with chunked alone passes', 1, 1, ['Transfer-Encoding', 'Chunked'], undefined],
  ['HTTP/1.0 without Transfer-Encoding passes', 1, 0, ['Content-Length', '2'], undefined],
  ['another major version is refused', 2, 0, [], /version/],
  ['HTTP/1.0 with Transfer-Encoding is refused', 1, 0, ['transfer-encoding', 'chunked'], /HTTP\/1\.0/],
  ['a coding before chunked is refused', 1, 1, ['Transfer-Encoding', 'gzip, chunked'], /chunked/],
  ['chunked twice, in two lines, is refused', 1, 1, ['Transfer-Encoding', 'chunked', 'transfer-encoding', 'chunked'], /chunked/]
] as const
for (const [name, httpVersionMajor, httpVersionMinor, rawHeaders, fault] of heads) {
  t.test(name, async t => {
    const found = findFramingFault({ httpVersionMajor, httpVersionMinor, rawHeaders })
    if (fault === undefined) t.equal(found, undefined)
    else t.match(found, fault)
  })
}

t.test('a head of 16 KiB on the wire passes, one byte more does not', async t => {
  const line = ['X', 'y'] // 2 + 4 for the colon, the blank and the line's end
  t.equal(isHeadTooLarge('x'.repeat(16_378), line), false)
  t.equal(isHeadTooLarge('x'.repeat(16_379), line), true)
})
