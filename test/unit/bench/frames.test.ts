import t from 'tap'
import { createFrameReader, encodeFrame, OPCODE } from '../../../bench/frames.js'

const KEY = Buffer.from([0x37, 0xfa, 0x21, 0x3d])

/** What a reader makes of bytes that arrive in pieces of this size. */
function readIn (pieces: number, bytes: Buffer, masked: boolean) {
  const frames: Array<[number, string]> = []
  const read = createFrameReader(masked, (opcode, payload) => { frames.push([opcode, payload.toString()]) })
  const copy = Buffer.from(bytes) // unmasking is done in place
  for (let at = 0; at < copy.length; at += pieces) read(copy.subarray(at, at + pieces))
  return frames
}

t.test('frames are encoded as the examples of RFC 6455 §5.7', async t => {
  t.equal(encodeFrame(OPCODE.text, Buffer.from('Hello')).toString('hex'), '810548656c6c6f')
  t.equal(encodeFrame(OPCODE.text, Buffer.from('Hello'), KEY).toString('hex'), '818537fa213d7f9f4d5158')
  t.equal(encodeFrame(OPCODE.ping, Buffer.from('Hello')).toString('hex'), '890548656c6c6f')
})

t.test('every frame is read once, whole and in order, wherever the stream is cut', async t => {
  const texts = ['', 'a', 'x'.repeat(100), 'y'.repeat(125), 'z'.repeat(126), 'w'.repeat(1_000)]
  const expected = texts.map(text => [OPCODE.text, text])
  for (const key of [undefined, KEY]) {
    const bytes = Buffer.concat(texts.map(text => encodeFrame(OPCODE.text, Buffer.from(text), key)))
    for (const pieces of [bytes.length, 1_000, 7, 1]) {
      t.same(readIn(pieces, bytes, key !== undefined), expected, `in pieces of ${pieces}`)
    }
  }
})

t.test('what no side of the benchmark sends is a failure', async t => {
  const bad = [
    ['a fragment', '0105', false],
    ['a reserved bit', 'c105', false],
    ['a masked frame from a server', '8185', false],
    ['a frame without a mask from a client', '8105', true],
    ['a payload of a 64-bit length', '817f', false]
  ] as const
  for (const [name, hex, masked] of bad) {
    t.throws(() => readIn(2, Buffer.from(hex, 'hex'), masked), /a frame/, name)
  }
})
