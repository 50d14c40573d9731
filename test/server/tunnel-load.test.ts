import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { listen } from '../helper/build.js'
import { fakeInstance, type FakeInstance } from '../helper/fake-instance.js'
import { listenerUrl, startProcess } from '../helper/gateway-process.js'
import { rawSocket, SWITCH, upgradeHead, type RawSocket } from '../helper/raw-socket.js'

const MEBIBYTE = 1_048_576
const SENT = 200 * MEBIBYTE

/** An instance that opens a tunnel for all who ask, and ends its side when the client's end arrives. */
function tunnelInstance (t: Test): Promise<FakeInstance> {
  return fakeInstance(t, (_head, socket) => {
    socket.write(SWITCH)
    socket.once('end', () => socket.end())
  })
}

/** A client whose tunnel stands. */
async function openTunnel (t: Test, port: number, query = ''): Promise<RawSocket> {
  const client = await rawSocket(t, port, upgradeHead(`/stomp/ws${query}`))
  await client.until(bytes => bytes.includes('\r\n\r\n'))
  return client
}

/** Writes 200 MiB, every part another; `stopped` resolves when the socket takes no more for half a second. */
function flood (socket: Socket) {
  const hash = createHash('sha1')
  const base = randomBytes(MEBIBYTE)
  let stop = (_taken: number) => {}
  const stopped = new Promise<number>(resolve => { stop = resolve })
  const write = async () => {
    for (let i = 0; i < SENT / MEBIBYTE; i++) {
      const part = Buffer.from(base)
      part.writeUInt32BE(i)
      hash.update(part)
      if (socket.write(part)) continue
      const timer = setTimeout(() => stop(socket.bytesWritten - socket.writableLength), 500)
      await once(socket, 'drain')
      clearTimeout(timer)
    }
    stop(SENT)
    return hash.digest('hex')
  }
  return { stopped, written: write() }
}

/** Bytes of memory that a process has in use; undefined where the system has no /proc. */
function residentBytes (pid: number): number | undefined {
  const path = `/proc/${pid}/status`
  if (!existsSync(path)) return undefined
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(path, 'utf8'))![1]) * 1024
}

/** Resolves once `holds`; rejects after a second. */
async function withinASecond (what: string, holds: () => boolean): Promise<void> {
  const latest = Date.now() + 1_000
  while (!holds()) {
    if (Date.now() > latest) throw new Error(`not within a second: ${what}`)
    await new Promise(resolve => setImmediate(resolve))
  }
}

t.test('stays small while a client reads nothing of 200 MiB, and loses no byte of them', async t => {
  const instance = await tunnelInstance(t)
  const gateway = startProcess(t, { STOMP_UPSTREAMS: instance.url, HEALTH_CHECK: 'off', PORT: '0', ADMIN_PORT: '0' })
  const { port } = new URL(await listenerUrl(gateway, 'public'))
  const { socket } = await openTunnel(t, Number(port))
  socket.removeAllListeners('data').pause()
  const before = residentBytes(gateway.child.pid!)

  const { stopped, written } = flood(await instance.connection())
  const taken = await stopped
  t.ok(taken < SENT / 2, `the instance was stopped after ${taken} bytes`)
  const grown = (residentBytes(gateway.child.pid!) ?? 0) - (before ?? 0)
  t.ok(grown < 32 * MEBIBYTE, `the gateway grew by ${grown} bytes`)

  const hash = createHash('sha1')
  let seen = 0
  const whole = new Promise<void>(resolve => {
    socket.on('data', chunk => {
      hash.update(chunk)
      seen += chunk.length
      if (seen >= SENT) resolve()
    })
  })
  socket.resume()
  await whole
  t.equal(seen, SENT)
  t.equal(hash.digest('hex'), await written)
})

for (const side of ['client', 'instance'] as const) {
  t.test(`frees the other side within a second when the ${side} resets`, async t => {
    const instance = await tunnelInstance(t)
    const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
    const client = await openTunnel(t, port)
    const far = await instance.connection()
    client.write('there')
    await instance.seen(bytes => bytes.endsWith('there'))
    far.write('back')
    await client.until(bytes => bytes.endsWith('back'))

    const [reset, other] = side === 'client' ? [client.socket, far] : [far, client.socket]
    reset.resetAndDestroy()
    await withinASecond('the other side is closed', () => other.closed)
    await withinASecond('the tunnel is gone', () => app.tunnelCount() === 0)
    t.equal(app.pool.instances[0]!.open, 0)
  })
}

const ENDINGS: ReadonlyArray<(client: Socket, instance: Socket) => void> = [
  client => { client.end() },
  client => { client.resetAndDestroy() },
  (_, instance) => { instance.end() },
  (_, instance) => { instance.resetAndDestroy() }
]

t.test('leaves no socket behind after 1,000 tunnels, however they end', async t => {
  const [batches, size] = [20, 50]
  const instance = await tunnelInstance(t)
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  for (let batch = 0; batch < batches; batch++) {
    const clients = await Promise.all(Array.from({ length: size }, (_, i) => openTunnel(t, port, `?n=${i}.`)))
    t.equal(app.tunnelCount(), size)
    const first = batch * size
    const farOf = (i: number) => instance.sockets[instance.received.findIndex(
      (bytes, index) => index >= first && bytes.includes(`?n=${i}.`))]!
    for (const [i, client] of clients.entries()) ENDINGS[i % ENDINGS.length]!(client.socket, farOf(i))
    await Promise.all(clients.map(client => client.closed()))
  }
  await withinASecond('no tunnel is open', () => app.tunnelCount() === 0)
  t.equal(app.pool.instances[0]!.open, 0)
  await withinASecond('the instance has no socket', () => instance.sockets.every(socket => socket.closed))
  t.equal(instance.sockets.length, batches * size)
  const connections = await new Promise(resolve => app.server.getConnections((_, count) => resolve(count)))
  t.equal(connections, 0)
})
