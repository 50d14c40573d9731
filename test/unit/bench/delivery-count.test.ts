import t from 'tap'
import { DeliveryCount } from '../../../bench/load/delivery-count.js'
import { blankFrames, FRAME_BYTES, monotonicUs, readStamped, stampFrame } from '../../../bench/load/stamped-message.js'

/** The frame of one message, written a millisecond after its broadcast, two milliseconds ago. */
function messageFrame (sequence: number): Buffer {
  const frame = blankFrames(1)
  const nowUs = monotonicUs()
  stampFrame(frame, 0, { sequence, broadcastUs: nowUs - 2_000, writtenUs: nowUs - 1_000 })
  return frame
}

/** What is counted when these bytes arrive on the first of two tunnels that get two messages each. */
function countOf (...chunks: Buffer[]) {
  const count = new DeliveryCount(2, 2)
  for (const chunk of chunks) count.take(0, chunk)
  return count.deliveries()
}

t.test('a message says what was stamped on it', async t => {
  const frames = blankFrames(2)
  const message = { sequence: 4_000_000_000, broadcastUs: 123_456_789.5, writtenUs: 123_456_790.25 }
  stampFrame(frames, FRAME_BYTES, message)
  t.same(readStamped(frames, FRAME_BYTES), message)
})

t.test('messages in turn are right, and their latency is counted from both times', async t => {
  const { received, wrong, sinceBroadcastUs, sinceWriteUs } = countOf(messageFrame(0), messageFrame(1))
  t.same([received, wrong], [2, 0])
  t.ok(sinceWriteUs.p50 >= 1_000 && sinceBroadcastUs.p50 >= 2_000)
  t.ok(Math.abs(sinceBroadcastUs.max - sinceWriteUs.max - 1_000) < 1)
})

t.test('frames are put together however the bytes are split', async t => {
  const bytes = Buffer.concat([messageFrame(0), messageFrame(1)])
  for (const cut of [1, 50, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, bytes.length - 1]) {
    const { received, wrong } = countOf(bytes.subarray(0, cut), bytes.subarray(cut))
    t.same([received, wrong], [2, 0], `cut at ${cut}`)
  }
})

t.test('memory that is used again for the next chunk does not change the begin of a frame', async t => {
  const shared = Buffer.from(messageFrame(0).subarray(0, 40))
  const rest = messageFrame(0).subarray(40)
  const count = new DeliveryCount(1, 1)
  count.take(0, shared)
  shared.fill(0)
  count.take(0, rest)
  t.match(count.deliveries(), { received: 1, wrong: 0 })
})

t.test('a doubled, a lost and an altered message are wrong', async t => {
  t.equal(countOf(messageFrame(0), messageFrame(0)).wrong, 1, 'doubled')
  t.equal(countOf(messageFrame(1)).wrong, 1, 'the first is lost')
  for (const at of [0, 1, FRAME_BYTES - 1]) {
    const altered = messageFrame(0)
    altered[at] = altered[at]! ^ 1
    t.equal(countOf(altered).wrong, 1, `byte ${at}`)
  }
})

t.test('half a message at the end is wrong', async t => {
  t.match(countOf(messageFrame(0), messageFrame(1).subarray(0, 60)), { received: 1, wrong: 1 })
})

t.test('it is complete when every tunnel has got as many as are to come', async t => {
  const count = new DeliveryCount(2, 1)
  count.take(0, messageFrame(0))
  t.equal(count.isComplete, false)
  count.take(1, messageFrame(0))
  t.equal(count.isComplete, true)
})

t.test('more than was to come is wrong', async t => {
  t.equal(countOf(messageFrame(0), messageFrame(1), messageFrame(2)).wrong, 1)
})
