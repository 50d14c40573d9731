import { once } from 'node:events'
import type { Socket } from 'node:net'
import t from 'tap'
import { linger, watchReader } from '../../../src/proxy/write-progress.js'
import { socketPair } from '../../helper/socket-pair.js'

const MEBIBYTE = 1_048_576
const part = Buffer.alloc(MEBIBYTE)

/** Writes until the kernel takes no more and 4 MiB wait in the socket. */
function fill (socket: Socket): void {
  for (let i = 0; i < 100 && socket.writableLength < 4 * MEBIBYTE; i++) socket.write(part)
}

/** Reads 4 MiB, pauses for 60 ms, and so on. */
function readSlowly (socket: Socket): void {
  let unread = 0
  socket.on('data', chunk => {
    unread += chunk.length
    if (unread < 4 * MEBIBYTE) return
    unread = 0
    socket.pause()
    setTimeout(() => socket.resume(), 60)
  })
}

t.test('a reader that takes something now and then is not stalled, though its backlog never ends', async t => {
  const [reader, writer] = [await socketPair(t), await socketPair(t)]
  fill(reader.accepted)
  reader.accepted.on('drain', () => fill(reader.accepted))
  const ms = 300
  let [stalls, looks] = [0, 0]
  const startedAt = Date.now()
  const stalled = new Promise<void>(resolve => {
    const stop = watchReader(reader.accepted, writer.accepted, ms, {
      onLook: () => { looks += 1 },
      onStall: () => {
        stalls += 1
        stop()
        resolve()
      }
    })
    t.teardown(stop)
  })
  readSlowly(reader.dialled)
  while (Date.now() - startedAt < 3 * ms) await once(reader.dialled, 'data')
  t.equal(stalls, 0)
  t.ok(looks > 0)
  reader.dialled.removeAllListeners('data').pause()
  await stalled
  t.equal(reader.accepted.destroyed, false, 'the caller decides what follows')
})

t.test('a lingering pair stays open while its backlog goes, and a round longer', async t => {
  const [one, other] = [await socketPair(t, { allowHalfOpen: true }), await socketPair(t)]
  fill(one.accepted)
  const ms = 400
  const startedAt = Date.now()
  t.teardown(linger([one.accepted, other.accepted], ms))
  one.dialled.resume()
  while (one.accepted.writableLength > 0) await once(one.accepted, 'drain')
  t.ok(Date.now() - startedAt < ms, 'the backlog is gone in the first round')
  await once(one.accepted, 'close')
  t.ok(Date.now() - startedAt >= 2 * ms - 5)
  t.ok(other.accepted.destroyed)
})

t.test('a lingering pair is closed though bytes still pass, once none of them had to wait', async t => {
  const [one, other] = [await socketPair(t), await socketPair(t)]
  const stop = linger([one.accepted, other.accepted], 100)
  one.dialled.resume()
  const timer = setInterval(() => other.accepted.write('x'), 10)
  other.dialled.resume()
  await once(one.accepted, 'close')
  clearInterval(timer)
  stop()
  t.ok(other.accepted.destroyed)
})
