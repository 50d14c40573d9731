import { randomBytes, randomInt } from 'node:crypto'
import t from 'tap'
import { closeFrame, FrameTracker } from '../../../src/http/frame-boundary.js'
import { frame } from '../../helper/frame.js'

/** Frames of all kinds and sizes but Close; control frames are whole and short. */
function randomFrame (): Buffer {
  const opcode = [0, 1, 2, 9, 10][randomInt(5)]!
  const isControl = opcode > 7
  const size = [0, 1, 125, ...(isControl ? [] : [126, 300, 65_535, 65_536, 70_000])]
  return frame({
    opcode,
    payload: randomBytes(size[randomInt(size.length)]!),
    fin: isControl || randomInt(2) === 1,
    rsv1: randomInt(2) === 1,
    mask: randomInt(8) === 0
  })
}

/** A stream of frames, and after how many bytes each of them ends. */
function randomStream (count: number): { bytes: Buffer, ends: number[] } {
  const frames = Array.from({ length: count }, randomFrame)
  let end = 0
  return { bytes: Buffer.concat(frames), ends: frames.map(each => { end += each.length; return end }) }
}

t.test('starts at a boundary', async t => {
  t.equal(new FrameTracker().state, 'boundary')
})

t.test('knows after every single byte whether a frame ends there', async t => {
  const { bytes, ends } = randomStream(40)
  const boundaries = new Set(ends)
  const tracker = new FrameTracker()
  const wrong: number[] = []
  for (let i = 1; i <= bytes.length; i++) {
    tracker.pass(bytes.subarray(i - 1, i))
    if (tracker.state !== (boundaries.has(i) ? 'boundary' : 'inside')) wrong.push(i)
  }
  t.same(wrong, [])
})

t.test('finds the same boundaries however the stream is split', async t => {
  for (let round = 0; round < 100; round++) {
    const { bytes, ends } = randomStream(20)
    const wrong: unknown[] = []
    const tracker = new FrameTracker()
    let at = 0
    while (at < bytes.length) {
      const chunk = bytes.subarray(at, at + 1 + randomInt([3, 20, 1_000, 100_000][randomInt(4)]!))
      const next = ends.find(end => end > at)!
      if (randomInt(2) === 1) {
        tracker.pass(chunk)
        at += chunk.length
      } else {
        const taken = tracker.passToBoundary(chunk)
        if (taken !== (next <= at + chunk.length ? next - at : undefined)) wrong.push({ at, taken, next })
        at += taken ?? chunk.length
      }
      if (tracker.state !== (ends.includes(at) ? 'boundary' : 'inside')) wrong.push({ at, state: tracker.state })
    }
    t.same(wrong, [], `frames that end at ${String(ends)}`)
  }
})

t.test('tells that a Close has passed once it is whole, and looks at nothing behind it', async t => {
  for (const payload of [Buffer.alloc(0), Buffer.from('\x03\xe8bye', 'latin1')]) {
    const close = frame({ opcode: 8, payload })
    for (let cut = 0; cut < close.length; cut++) {
      const tracker = new FrameTracker()
      tracker.pass(Buffer.concat([frame({}), close.subarray(0, cut)]))
      t.equal(tracker.state, cut === 0 ? 'boundary' : 'inside')
      t.equal(tracker.passToBoundary(Buffer.concat([close.subarray(cut), frame({})])), close.length - cut)
      t.equal(tracker.state, 'closed')
      tracker.pass(frame({}).subarray(0, 1))
      t.equal(tracker.passToBoundary(frame({})), undefined)
      t.equal(tracker.state, 'closed')
    }
  }
})

const broken: ReadonlyArray<[string, number[]]> = [
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(opcode => [`opcode ${opcode}, which is reserved`, [0x80 | opcode]] as [string, number[]]),
  ['a length of 64 bits', [0x82, 127, 0x80]],
  ['a control frame in fragments', [0x09]],
  ['a Close in fragments', [0x08]],
  ['a control frame longer than 125 bytes', [0x89, 126]],
  ['plain HTTP', [...Buffer.from('HTTP/1.1 200 OK\r\n')]]
]
for (const [name, head] of broken) {
  t.test(`takes ${name} for no frame`, async t => {
    const tracker = new FrameTracker()
    tracker.pass(frame({ payload: randomBytes(200) }))
    const bytes = Buffer.from([...head, ...Buffer.alloc(300)])
    t.equal(tracker.passToBoundary(bytes), undefined)
    t.equal(tracker.state, 'broken')
    tracker.pass(frame({}))
    t.equal(tracker.state, 'broken', 'and finds no frame behind it')
  })
}

t.test('takes the longest lengths that are allowed', async t => {
  const tracker = new FrameTracker()
  tracker.pass(Buffer.from([0x82, 127, 0x7f, ...Buffer.alloc(7, 0xff)]))
  t.equal(tracker.passToBoundary(Buffer.alloc(1_000_000)), undefined)
  t.equal(tracker.state, 'inside')
})

t.test('writes a Close as a server does: whole, without a mask', async t => {
  const expected = Buffer.concat([Buffer.from([0x88, 26, 0x03, 0xf0]), Buffer.from('origin no longer allowed')])
  t.same(closeFrame(1008, 'origin no longer allowed'), expected)
  t.same(closeFrame(1000, ''), Buffer.from([0x88, 2, 0x03, 0xe8]))
  const tracker = new FrameTracker()
  tracker.pass(closeFrame(1008, 'é'))
  t.equal(tracker.state, 'closed', 'its length counts bytes')
})
