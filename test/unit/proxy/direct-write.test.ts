import { once } from 'node:events'
import t from 'tap'
import { DirectWriter, waitingBytes } from '../../../src/proxy/direct-write.js'
import { readToEnd, socketPair } from '../../helper/socket-pair.js'

const TEXT = 'x'.repeat(4_096)

t.test('hands short texts to the kernel at once', async t => {
  const { accepted, dialled } = await socketPair(t)
  const writer = new DirectWriter(accepted, () => t.fail('nothing had to wait'))
  const seen = readToEnd(dialled)
  t.equal(writer.write('one'), true)
  t.equal(writer.write('\xfftwo'), true)
  t.equal(waitingBytes(accepted), 0)
  accepted.end()
  t.equal((await seen).toString('latin1'), 'one\xfftwo')
})

t.test('tells when there is room again, counts what waits, and keeps the order of both ways to write', async t => {
  const { accepted, dialled } = await socketPair(t)
  let toldRoom = () => {}
  const room = new Promise<void>(resolve => { toldRoom = resolve })
  const writer = new DirectWriter(accepted, toldRoom)
  dialled.pause()
  let count = 0
  const next = () => `${count++}`.padEnd(4_096, '.')
  while (writer.write(next()));
  t.equal(waitingBytes(accepted) > 0, true)
  t.equal(accepted.writableLength, 0, 'it is the connection that holds it')
  writer.write(next()) // behind it, by the stream
  t.equal(waitingBytes(accepted), 2 * 4_096)
  accepted.write(next())
  accepted.end()
  const seen = String(await readToEnd(dialled.resume()))
  await room
  t.equal(seen, Array.from({ length: count }, (_, i) => `${i}`.padEnd(4_096, '.')).join(''))
  t.equal(waitingBytes(accepted), 0)
})

t.test('overtakes nothing that waits in the stream', async t => {
  const { accepted, dialled } = await socketPair(t)
  const writer = new DirectWriter(accepted, () => t.fail('the stream tells by `drain`'))
  dialled.pause()
  const first = Buffer.alloc(8_000_000, 'a')
  accepted.write(first)
  accepted.write('second')
  t.equal(writer.write('third'), false)
  accepted.end()
  const seen = String(await readToEnd(dialled.resume()))
  t.equal(seen.slice(first.length), 'secondthird')
})

t.test('destroys a socket whose peer is gone, as any other write does', async t => {
  for (const waits of [false, true]) {
    const { accepted, dialled } = await socketPair(t)
    const writer = new DirectWriter(accepted, () => {})
    dialled.pause()
    if (waits) while (writer.write(TEXT));
    const closed = new Promise(resolve => accepted.once('close', resolve))
    dialled.resetAndDestroy()
    await new Promise(resolve => dialled.once('close', resolve))
    while (!accepted.destroyed) {
      writer.write(TEXT)
      await new Promise(resolve => setImmediate(resolve))
    }
    await closed
    t.equal(writer.inFlight, 0)
  }
})

t.test('writes nothing to a socket that was destroyed, and throws nothing', async t => {
  const { accepted } = await socketPair(t)
  const writer = new DirectWriter(accepted, () => {})
  accepted.destroy()
  await once(accepted, 'close')
  writer.write(TEXT)
  t.equal(writer.inFlight, 0)
})
