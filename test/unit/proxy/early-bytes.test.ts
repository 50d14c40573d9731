import { once } from 'node:events'
import t from 'tap'
import { holdEarlyBytes } from '../../../src/proxy/early-bytes.js'
import { socketPair } from '../../helper/socket-pair.js'
import { within } from '../../helper/within.js'

t.test('hands over the bytes that came with the head and those that came after it, in order', async t => {
  const { accepted, dialled } = await socketPair(t)
  const early = holdEarlyBytes(accepted, Buffer.from('head '))
  const came = once(accepted, 'data')
  dialled.write('and after')
  await came
  t.equal(String(Buffer.concat(early.take())), 'head and after')
  t.ok(accepted.isPaused())
  t.equal(accepted.listenerCount('data'), 0)
})

t.test('holds nothing when nothing came', async t => {
  const { accepted } = await socketPair(t)
  t.same(holdEarlyBytes(accepted, Buffer.alloc(0)).take(), [])
})

t.test('reads no more than 64 KiB and one chunk, and leaves the rest to TCP', async t => {
  const { accepted, dialled } = await socketPair(t)
  const early = holdEarlyBytes(accepted, Buffer.alloc(0))
  const paused = once(accepted, 'pause')
  dialled.write(Buffer.alloc(8_388_608))
  await paused
  const held = Buffer.concat(early.take()).length
  t.ok(held >= 65_536 && held <= 131_072, `${held} bytes are held`)
})

t.test('notices that a client was reset which sent more than is read', async t => {
  const { accepted, dialled } = await socketPair(t)
  holdEarlyBytes(accepted, Buffer.alloc(0))
  const paused = once(accepted, 'pause')
  dialled.write(Buffer.alloc(8_388_608))
  await paused
  const closed = new Promise(resolve => accepted.once('close', resolve))
  dialled.resetAndDestroy()
  await within(10_000, 'the end of its connection', closed)
  t.ok(accepted.destroyed)
})

t.test('ends the connection of a client that ends before it has an answer', async t => {
  const { accepted, dialled } = await socketPair(t)
  holdEarlyBytes(accepted, Buffer.alloc(0))
  const closed = once(accepted, 'close')
  dialled.end()
  await closed
  t.ok(accepted.destroyed)
})

t.test('leaves an end alone that comes after the handover', async t => {
  const { accepted, dialled } = await socketPair(t)
  holdEarlyBytes(accepted, Buffer.alloc(0)).take()
  dialled.end('last')
  accepted.resume()
  await once(accepted, 'end')
  t.ok(accepted.writable)
})
