import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import t from 'tap'
import { waitingBytes } from '../../../src/proxy/direct-write.js'
import { drained, join, stall, type Joined } from '../../helper/joined-tunnel.js'
import { readToEnd } from '../../helper/socket-pair.js'

const MEBIBYTE = 1_048_576

/** Reads to the end, 64 KiB at a time with a breath between. */
async function readSlowly (socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) {
    chunks.push(chunk)
    await new Promise(resolve => setImmediate(resolve))
  }
  return Buffer.concat(chunks)
}

/** Reads to the end, and sends something with each chunk, as heart-beats come in any moment. */
async function readWhileSending (client: Socket): Promise<number> {
  let seen = 0
  for await (const chunk of client) {
    seen += chunk.length
    client.write('ping'.repeat(1_000))
    await new Promise(resolve => setImmediate(resolve))
  }
  return seen
}

t.test('passes bytes both ways, unchanged and in order', async t => {
  const { client, instance, ended, ends } = await join(t)
  const [there, back] = [randomBytes(MEBIBYTE), randomBytes(MEBIBYTE)]
  const reads = Promise.all([readToEnd(instance), readToEnd(client)])
  client.end(there)
  instance.end(back)
  const [seenThere, seenBack] = await reads
  t.ok(seenThere.equals(there))
  t.ok(seenBack.equals(back))
  await ended
  t.equal(ends.length, 1)
})

t.test('delivers 5 MB to a slow client after the instance has ended', async t => {
  const { client, instance, ended } = await join(t)
  const sent = randomBytes(5_000_000)
  instance.end(sent)
  const seen = readSlowly(client)
  await once(instance, 'finish')
  t.ok((await seen).equals(sent))
  client.end()
  t.equal(await ended, 'instance')
})

t.test('delivers 5 MB to a slow instance after the client has ended', async t => {
  const { client, instance, ended } = await join(t)
  const sent = randomBytes(5_000_000)
  client.end(sent)
  t.ok((await readSlowly(instance)).equals(sent))
  instance.end()
  t.equal(await ended, 'client')
})

t.test('delivers the answer to a client that has ended its own side already', async t => {
  const { client, instance, ended } = await join(t)
  client.end('question')
  t.equal(String(await readToEnd(instance)), 'question')
  const sent = randomBytes(5_000_000)
  instance.end(sent)
  t.ok((await readSlowly(client)).equals(sent))
  t.equal(await ended, 'client')
})

for (const [name, leave] of [
  ['has ended', (instance: Socket) => { instance.resume() }],
  ['is gone', (instance: Socket) => { instance.once('finish', () => instance.destroy()) }]
] as const) {
  t.test(`delivers the last bytes to a slow client that is still sending when the instance ${name}`, async t => {
    const { client, instance, ended, near } = await join(t)
    const sent = randomBytes(2_000_000) // as much as the buffers of the two connections take
    client.pause()
    const ending = once(near.instance, 'end')
    leave(instance)
    instance.end(sent)
    await ending
    const seen = await readWhileSending(client)
    t.equal(seen, sent.length)
    client.end()
    t.equal(await ended, 'instance')
  })
}

for (const [writer, reader] of [['instance', 'client'], ['client', 'instance']] as const) {
  t.test(`stops the ${writer} when the ${reader} stops reading, and holds little`, async t => {
    const joined = await join(t)
    const [from, to] = [joined[writer], joined[reader]]
    to.pause()
    const part = Buffer.alloc(65_536)
    while (from.write(part) || await drained(from));
    const taken = from.bytesWritten - from.writableLength
    t.ok(taken < 32 * MEBIBYTE, `${taken} bytes were taken`)
    t.ok(joined.near[reader].writableLength < MEBIBYTE, `${joined.near[reader].writableLength} bytes are held`)
    const written = from.bytesWritten
    let seen = 0
    to.on('data', chunk => { seen += chunk.length }).resume()
    await once(from, 'drain')
    from.end()
    await once(to, 'end')
    t.equal(seen, written)
  })
}

t.test('ends both sides when neither has sent a byte for the idle time', async t => {
  const { client, instance, ended, ends } = await join(t, 50)
  client.on('end', () => client.end()).resume()
  instance.resume()
  t.equal(await ended, 'idle')
  t.same(ends, ['idle'])
})

t.test('counts bytes of either direction as life', async t => {
  for (const [writer, reader] of [['instance', 'client'], ['client', 'instance']] as const) {
    const joined = await join(t, 400)
    const [from, to] = [joined[writer], joined[reader]]
    const control = await join(t, 600) // as old as the tunnel would be when it were cut
    for (let i = 0; i < 4; i++) {
      const seen = once(to, 'data')
      from.write('tick')
      await seen
      if (i < 3) await new Promise(resolve => setTimeout(resolve, 200))
    }
    await control.ended
    t.same(joined.ends, [])
    joined.end('shutdown')
    await joined.ended
  }
})

for (const side of ['client', 'instance'] as const) {
  const other = side === 'client' ? 'instance' : 'client'

  t.test(`ends the ${other} when the ${side} resets, and says who it was`, async t => {
    const joined = await join(t)
    const closed = once(joined[other].resume(), 'end')
    joined[side].resetAndDestroy()
    await closed
    joined[other].end()
    t.equal(await joined.ended, side)
    t.same(joined.ends, [side])
  })

  t.test(`ends the ${other} after the ${side}'s last bytes`, async t => {
    const joined = await join(t)
    joined[side].end('last')
    t.equal(String(await readToEnd(joined[other])), 'last')
    joined[other].end()
    t.equal(await joined.ended, side)
    t.same(joined.ends, [side])
  })
}

t.test('frees a reset side while the other one does not read', async t => {
  const { client, instance, ended } = await join(t)
  client.pause()
  instance.once('end', () => instance.end()) // when all was read before its socket closes, a FIN comes, no reset
  instance.write(Buffer.alloc(8 * MEBIBYTE))
  await once(client, 'readable')
  client.resetAndDestroy()
  t.equal(await ended, 'client')
  if (!instance.closed) await once(instance.resume(), 'close')
})

/** Until the tunnel has written so many bytes to its client, or passed them on to the kernel. */
async function passed (size: number, { near }: Joined): Promise<void> {
  while (near.client.bytesWritten < size) await new Promise(resolve => setImmediate(resolve))
}

t.test('flushes what was written when it is ended from outside', async t => {
  const joined = await join(t)
  const { client, instance, end, ended } = joined
  instance.resume().once('end', () => instance.end())
  instance.write('x'.repeat(100_000))
  await passed(100_000, joined)
  end('shutdown')
  t.equal(String(await readToEnd(client)), 'x'.repeat(100_000))
  client.end()
  t.equal(await ended, 'shutdown')
})

t.test('loses none of it when the client reads late and is still sending', async t => {
  const joined = await join(t)
  const { client, instance, end, ended, near } = joined
  instance.once('end', () => instance.end())
  await stall(instance, client)
  const written = near.client.bytesWritten
  end('shutdown')
  client.write('x') // over this, a socket that is closed would answer with a reset
  instance.resume()
  t.equal(await readWhileSending(client), written)
  client.end()
  t.equal(await ended, 'shutdown')
})

t.test('loses no byte for a client that reads late and is still sending when the instance resets', async t => {
  const joined = await join(t)
  const { client, instance, ended, near } = joined
  client.pause()
  const sent = Buffer.alloc(2_000_000)
  instance.write(sent)
  await passed(sent.length, joined)
  const closed = new Promise(resolve => near.instance.once('close', resolve)) // `once` would tell of the reset
  instance.resetAndDestroy()
  await closed
  client.write('x')
  t.equal(await readWhileSending(client), sent.length)
  client.end()
  t.equal(await ended, 'instance')
})

t.test('says who ended first, not who was told last', async t => {
  const { client, instance, end, ended, ends } = await join(t)
  client.end()
  await once(instance.resume(), 'end')
  end('shutdown')
  instance.end()
  t.equal(await ended, 'client')
  t.same(ends, ['client'])
})

t.test('drops what comes in for a side that has ended', async t => {
  const { client, instance, ended } = await join(t)
  instance.end('bye')
  t.equal(String(await readToEnd(client)), 'bye')
  client.end('too late'.repeat(10_000))
  t.equal(await ended, 'instance')
})

t.test('cuts a client that goes on sending to an instance that is gone', async t => {
  const { client, instance, ended } = await join(t, 60_000, { lingerMs: 100 })
  instance.resume().end()
  await once(client.resume(), 'end')
  instance.destroy()
  const closed = new Promise(resolve => client.once('close', resolve)) // an EPIPE may come first
  const timer = setInterval(() => client.write('ping'), 10)
  t.equal(await ended, 'instance')
  await closed
  clearInterval(timer)
})

t.test('cuts a side that does not end after the other', async t => {
  for (const side of ['client', 'instance'] as const) {
    const joined = await join(t, 60_000, { lingerMs: 50 })
    joined[side].resume().end()
    t.equal(await joined.ended, side)
  }
})

const leavings: ReadonlyArray<[string, (joined: Joined) => Promise<void>]> = [
  ['has ended', async ({ instance, near }) => {
    const ending = once(near.instance, 'end')
    instance.resume().end(Buffer.alloc(2_000_000)) // as much as the buffers of the two connections take
    await ending
  }],
  ['was reset while it waited', async ({ client, instance }) => {
    await stall(instance, client)
    instance.resetAndDestroy()
  }]
]
for (const [name, leave] of leavings) {
  t.test(`closes a client that reads nothing and sends a byte now and then once the instance ${name}`, async t => {
    const joined = await join(t, 60_000, { lingerMs: 200 })
    joined.client.pause()
    await leave(joined)
    const timer = setInterval(() => joined.client.write('x'), 20)
    t.teardown(() => clearInterval(timer))
    t.equal(await joined.ended, 'instance')
    t.ok(joined.near.client.destroyed)
  })
}

for (const [writer, reader] of [['instance', 'client'], ['client', 'instance']] as const) {
  t.test(`notices the reset of a paused ${writer} long before its reader counts as stalled`, async t => {
    const joined = await join(t, 60_000, { lingerMs: 50, stallMs: 60_000 })
    await stall(joined[writer], joined[reader])
    joined[writer].resetAndDestroy()
    t.equal(await joined.ended, writer)
  })

  t.test(`ends a tunnel whose ${reader} takes nothing that the ${writer} has for it`, async t => {
    const joined = await join(t, 60_000, { stallMs: 500 })
    await stall(joined[writer], joined[reader])
    t.equal(await joined.ended, 'stalled')
    t.same(joined.ends, ['stalled'])
    t.ok(joined.near[writer].destroyed && joined.near[reader].destroyed)
  })
}

t.test('holds a stalled tunnel no longer than an idle one', async t => {
  const { client, instance, ended } = await join(t, 700, { stallMs: 60_000 })
  await stall(client, instance)
  t.equal(await ended, 'stalled')
})

t.test('never cuts a reader that is slow', async t => {
  const stallMs = 600
  const { client, instance, ends, ended } = await join(t, 60_000, { stallMs })
  let [seen, unread] = [0, 0]
  client.on('data', chunk => {
    seen += chunk.length
    unread += chunk.length
    if (unread < 4 * MEBIBYTE) return
    unread = 0
    client.pause()
    setTimeout(() => client.resume(), 80)
  })
  const startedAt = Date.now()
  const [sent, part] = [80 * MEBIBYTE, Buffer.alloc(MEBIBYTE)]
  for (let written = 0; written < sent; written += part.length) {
    if (!instance.write(part)) await once(instance, 'drain')
  }
  instance.end()
  await once(client, 'end')
  t.equal(seen, sent)
  t.ok(Date.now() - startedAt > 2 * stallMs, 'its limit has passed more than once')
  client.end()
  t.equal(await ended, 'instance')
  t.same(ends, ['instance'])
})

t.test('keeps the bytes of tunnels apart whose clients read at once, and whose clients read late', async t => {
  const [prompt, late] = [[], []] as [Joined[], Joined[]]
  for (let i = 0; i < 8; i++) (i % 2 === 0 ? prompt : late).push(await join(t))
  for (const { client } of late) client.pause()
  const sizes = [100, 4_096, 4_097, 65_536, 900_000]
  const randomParts = () => Array.from({ length: 40 }, (_, i) => randomBytes(sizes[i % sizes.length]!))
  const sent = new Map([...prompt, ...late].map(tunnel => [tunnel, randomParts()]))
  for (const [{ instance }, each] of sent) {
    for (const part of each) instance.write(part)
    instance.end()
  }
  for (const tunnels of [prompt, late]) {
    const seen = await Promise.all(tunnels.map(({ client }) => readSlowly(client)))
    for (const [i, bytes] of seen.entries()) t.ok(bytes.equals(Buffer.concat(sent.get(tunnels[i]!)!)))
  }
})

t.test('keeps the bytes that wait for one client while others\' pass', async t => {
  const [stopped, busy] = [await join(t), await join(t)]
  stopped.client.pause()
  const hash = createHash('sha1')
  let part = randomBytes(3_000)
  const write = () => {
    hash.update(part)
    return stopped.instance.write(part)
  }
  while (write() || await drained(stopped.instance)) part = randomBytes(3_000)
  t.ok(waitingBytes(stopped.near.client) > 0, 'bytes wait')
  const passed = readToEnd(busy.client)
  busy.instance.end(Buffer.alloc(MEBIBYTE, 'x'))
  t.ok((await passed).equals(Buffer.alloc(MEBIBYTE, 'x')))
  stopped.instance.end()
  const seen = createHash('sha1')
  stopped.client.on('data', chunk => seen.update(chunk)).resume()
  await once(stopped.client, 'end')
  t.equal(seen.digest('hex'), hash.digest('hex'))
})
