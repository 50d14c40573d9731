import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { closeFrame, FrameTracker } from '../../../src/http/frame-boundary.js'
import { frame } from '../../helper/frame.js'
import { join, stall, type Joined } from '../../helper/joined-tunnel.js'
import { readToEnd } from '../../helper/socket-pair.js'

const CLOSE = closeFrame(1008, 'origin no longer allowed')
const LONG_MS = 60_000

/** A tunnel that can be revoked; its instance reads, and ends when it is told the end. */
async function joinRevocable (t: Test, { withinMs = LONG_MS, lingerMs = LONG_MS } = {}): Promise<Joined> {
  const joined = await join(t, LONG_MS, { lingerMs, revocable: { frames: new FrameTracker(), withinMs } })
  joined.instance.once('end', () => joined.instance.end()).resume()
  return joined
}

/** Sends these bytes as the instance, and waits until the client has them. */
async function send ({ client, instance }: Joined, bytes: Buffer): Promise<void> {
  let left = bytes.length
  const seen = new Promise<void>(resolve => client.on('data', function count (chunk: Buffer) {
    left -= chunk.length
    if (left > 0) return
    client.off('data', count)
    resolve()
  }))
  instance.write(bytes)
  await seen
}

t.test('ends the client with a Close and a FIN when no frame is under way, and the instance with a FIN', async t => {
  const joined = await joinRevocable(t)
  const seen = readToEnd(joined.client)
  const seenFar = readToEnd(joined.instance)
  const message = frame({ payload: Buffer.from('hello') })
  await send(joined, message)
  joined.end('revoked')
  t.same(await seen, Buffer.concat([message, CLOSE]))
  t.equal(String(await seenFar), '')
  joined.client.end()
  t.equal(await joined.ended, 'revoked')
  t.same(joined.ends, ['revoked'])
})

t.test('ends a tunnel through which nothing has gone yet', async t => {
  const { client, end, ended } = await joinRevocable(t)
  end('revoked')
  t.same(await readToEnd(client), CLOSE)
  client.end()
  t.equal(await ended, 'revoked')
})

t.test('passes the rest of a frame on, and nothing of the next one', async t => {
  const joined = await joinRevocable(t)
  const seen = readToEnd(joined.client)
  const message = frame({ payload: Buffer.alloc(100_000, 'x') })
  await send(joined, message.subarray(0, 50_000))
  joined.end('revoked')
  await send(joined, message.subarray(50_000, 70_000))
  joined.instance.write(Buffer.concat([message.subarray(70_000), frame({ payload: Buffer.from('next') })]))
  joined.instance.write(frame({ payload: Buffer.from('and next') }))
  t.same(await seen, Buffer.concat([message, CLOSE]))
  joined.client.end()
  t.equal(await joined.ended, 'revoked')
})

t.test('the rest of a frame that waits for a slow client stays as it came, whatever other instances send', async t => {
  const [joined, other] = [await joinRevocable(t), await joinRevocable(t)]
  const message = frame({ payload: Buffer.alloc(50_000, 'x') })
  await send(joined, message.subarray(0, 20_000))
  const { client } = joined.near
  joined.client.pause()
  const backlog = Buffer.alloc(32_000_000, 'b') // more than the kernel takes
  t.notOk(client.write(backlog))
  joined.end('revoked')
  joined.instance.write(message.subarray(20_000))
  while (!client.writableEnded) await new Promise(resolve => setImmediate(resolve))
  t.ok(client.writableLength > 30_000, 'it waits')
  await send(other, frame({ payload: Buffer.alloc(65_536, 'y') }))
  const seen = await readToEnd(joined.client.resume())
  t.ok(seen.equals(Buffer.concat([backlog, message.subarray(20_000), CLOSE])))
  joined.client.end()
  t.equal(await joined.ended, 'revoked')
})

t.test('waits for as long as the grace lasts when a frame comes slowly', async t => {
  const joined = await joinRevocable(t, { lingerMs: 20 })
  const seen = readToEnd(joined.client)
  const message = frame({ payload: Buffer.from('slow') })
  await send(joined, message.subarray(0, 1))
  joined.end('revoked')
  for (let i = 1; i < message.length; i++) {
    await delay(30)
    joined.instance.write(message.subarray(i, i + 1))
  }
  t.same(await seen, Buffer.concat([message, CLOSE]))
})

t.test('cuts a tunnel whose frame does not end within the grace, without a Close', async t => {
  const joined = await joinRevocable(t, { withinMs: 50 })
  const seen = readToEnd(joined.client)
  const half = frame({ payload: Buffer.from('half') }).subarray(0, 4)
  await send(joined, half)
  joined.end('revoked')
  t.same(await seen, half)
  t.equal(await joined.ended, 'revoked')
})

t.test('sends what a slow client has yet to read before the Close', async t => {
  const joined = await joinRevocable(t)
  const { client, instance, end, ended } = joined
  const message = frame({ payload: Buffer.alloc(1_000_000, 'x') })
  await stall(instance, client, message)
  end('revoked') // in the middle of a frame, the rest of which waits behind the client
  const seen = await readToEnd(client.resume())
  t.ok(seen.length < instance.bytesWritten, 'what was not yet on its way is not passed on')
  t.ok(seen.subarray(-CLOSE.length).equals(CLOSE))
  t.equal((seen.length - CLOSE.length) % message.length, 0, 'behind whole frames')
  client.end()
  t.equal(await ended, 'revoked')
})

t.test('cuts a client that reads nothing when the grace is over', async t => {
  const joined = await joinRevocable(t, { withinMs: 200 })
  await stall(joined.instance, joined.client)
  joined.end('revoked')
  t.equal(await joined.ended, 'revoked')
  t.ok(joined.near.client.destroyed && joined.near.instance.destroyed)
})

t.test('reads and drops what a client sends after the Close, so that no reset takes it away', async t => {
  const { client, instance, end, ended } = await joinRevocable(t)
  const seenFar = readToEnd(instance)
  const errors: Error[] = []
  client.on('error', error => errors.push(error))
  end('revoked')
  client.write(Buffer.alloc(1_000_000))
  t.same(await readToEnd(client), CLOSE)
  client.end(Buffer.alloc(1_000_000))
  t.equal((await seenFar).length, 0)
  t.equal(await ended, 'revoked')
  t.same(errors, [])
})

t.test('resumes a client that was stopped because its instance took nothing', async t => {
  const joined = await joinRevocable(t)
  const { client, instance, end, near } = joined
  await stall(client, instance.pause())
  end('revoked')
  t.same(await readToEnd(client), CLOSE)
  const gone = new Promise(resolve => near.client.once('end', resolve))
  client.end()
  await gone
  t.pass('its end is seen')
})

t.test('leaves the client time to read the Close when the instance is reset', async t => {
  const { client, instance, end, ended, near } = await joinRevocable(t)
  end('revoked')
  const closed = new Promise(resolve => near.instance.once('close', resolve))
  instance.resetAndDestroy()
  await closed
  t.notOk(near.client.destroyed)
  t.same(await readToEnd(client), CLOSE)
  client.end()
  t.equal(await ended, 'revoked')
})

for (const [name, leave] of [
  ['a client that does not end', () => {}],
  ['an instance that does not end', ({ client, instance }: Joined) => {
    instance.removeAllListeners('end')
    client.once('end', () => client.end())
  }]
] as const) {
  t.test(`ends the tunnel with the grace, whatever ${name} sends`, async t => {
    const joined = await joinRevocable(t, { withinMs: 100 })
    leave(joined)
    joined.end('revoked')
    const timer = setInterval(() => {
      for (const socket of [joined.client, joined.instance]) if (socket.writable) socket.write('x')
    }, 20)
    t.teardown(() => clearInterval(timer))
    t.same(await readToEnd(joined.client), CLOSE)
    t.equal(await joined.ended, 'revoked')
    t.ok(joined.near.client.destroyed && joined.near.instance.destroyed)
  })
}

t.test('closes at once when there is no grace', async t => {
  const { client, end, ended } = await joinRevocable(t, { withinMs: 0 })
  end('revoked')
  t.same(await readToEnd(client), CLOSE)
  t.equal(await ended, 'revoked')
})

const noFrames: ReadonlyArray<[string, Buffer, Buffer]> = [
  ['after the instance\'s own Close', closeFrame(4000, 'bye'), Buffer.alloc(0)],
  ['when the instance\'s own Close is under way', closeFrame(4000, 'bye').subarray(0, 3), closeFrame(4000, 'bye').subarray(3)],
  ['when the instance sends no frames', Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), Buffer.alloc(0)]
]
for (const [name, before, after] of noFrames) {
  t.test(`sends no Close ${name}`, async t => {
    const joined = await joinRevocable(t)
    const seen = readToEnd(joined.client)
    await send(joined, before)
    joined.end('revoked')
    joined.instance.write(after)
    t.same(await seen, Buffer.concat([before, after]))
    joined.client.end()
    t.equal(await joined.ended, 'revoked')
  })
}

t.test('sends no Close when a frame under way is followed by bytes that are none', async t => {
  const joined = await joinRevocable(t)
  const seen = readToEnd(joined.client)
  await send(joined, Buffer.from([0x82]))
  joined.end('revoked')
  joined.instance.write(Buffer.from([127, 0xff, 0, 0]))
  t.same(await seen, Buffer.from([0x82]))
  joined.client.end()
  t.equal(await joined.ended, 'revoked')
})

t.test('adds nothing to what a slow client gets whose instance has ended, and takes nothing away', async t => {
  const { client, instance, end, ended, near } = await joinRevocable(t)
  const sent = Buffer.alloc(2_000_000) // as much as the buffers of the two connections take; zeros are frames
  const ending = once(near.instance, 'end')
  client.pause()
  instance.end(sent)
  await ending
  end('revoked')
  t.ok((await readToEnd(client.resume())).equals(sent))
  client.end()
  t.equal(await ended, 'instance', 'who ended first')
})

t.test('frees the instance while a client has yet to read', async t => {
  const { client, instance, end, near } = await joinRevocable(t)
  await stall(instance, client, Buffer.alloc(1_000_000, 'no frames'))
  const closed = new Promise(resolve => near.instance.once('close', resolve))
  end('revoked')
  await closed
  t.notOk(near.client.destroyed)
})

t.test('waits for a client that has the Close no longer than for any other that was told the end', async t => {
  const { client, end, ended } = await joinRevocable(t, { lingerMs: 50 })
  end('revoked')
  t.same(await readToEnd(client), CLOSE)
  t.equal(await ended, 'revoked')
})

t.test('gives a client that has ended its own side a Close, too', async t => {
  const { client, instance, end, ended } = await joinRevocable(t)
  client.end()
  await once(instance, 'end')
  end('revoked')
  t.same(await readToEnd(client), CLOSE)
  t.equal(await ended, 'client')
})

t.test('is revoked once, and not after its end', async t => {
  const { client, end, ended, ends } = await joinRevocable(t)
  end('revoked')
  end('revoked')
  t.same(await readToEnd(client), CLOSE)
  client.end()
  await ended
  end('revoked')
  t.same(ends, ['revoked'])
})

t.test('a tunnel that was not joined as revocable flushes and closes', async t => {
  const joined = await join(t)
  const seen = readToEnd(joined.client)
  await send(joined, Buffer.from('anything'))
  joined.instance.resume().once('end', () => joined.instance.end())
  joined.end('revoked')
  t.equal(String(await seen), 'anything')
  joined.client.end()
  t.equal(await joined.ended, 'revoked')
})
