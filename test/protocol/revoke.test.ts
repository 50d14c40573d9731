import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { closeFrame } from '../../src/http/frame-boundary.js'
import { listen, type ListeningApp } from '../helper/build.js'
import { exchange, openExchange } from '../helper/exchange.js'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { frame } from '../helper/frame.js'
import { rawSocket, requestHead, SWITCH, upgradeHead } from '../helper/raw-socket.js'
import { sockjsHttp } from '../helper/sockjs-http.js'
import { sockjsInstance } from '../helper/sockjs-instance.js'

const GRACE_MS = 5_000
const REASON = 'origin no longer allowed'
const [GONE, STAYS, OTHER] = ['https://gone.test', 'https://stays.test', 'https://other.test'] as const

interface Gateway extends ListeningApp { allow: (...origins: string[]) => Promise<void> }

/** A gateway whose list is a file; `allow` writes it anew and resolves when it is enforced. */
async function listenWithFile (
  t: Test, url: string, settings: Record<string, string> = {}
): Promise<Gateway> {
  const path = join(t.testdir({ 'origins.txt': [GONE, STAYS, OTHER].join('\n') }), 'origins.txt')
  const gateway = await listen(t, { STOMP_UPSTREAMS: url, ORIGIN_POLICY: `file:${path}`, ...settings })
  const allow = async (...origins: string[]) => {
    writeFileSync(path, ['# from a test', ...origins].join('\n'))
    await gateway.app.originPolicy.reload()
  }
  return { ...gateway, allow }
}

/** An instance of the `ws` library. */
async function wsInstance (t: Test): Promise<{ server: WebSocketServer, url: string }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

interface Client { socket: WebSocket, origin: string, seen: number[], closed: Promise<Closing> }
interface Closing { code: number, reason: string, wasClean: boolean, at: number }

/** A page's WebSocket, which notes the number at the start of each message. */
async function openClient (t: Test, port: number, origin: string): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/stomp/ws`, { origin })
  const seen: number[] = []
  socket.on('error', error => t.fail(error.message)) // a broken frame, for one
  socket.on('message', (data: Buffer) => seen.push(parseInt(data.toString('latin1', 0, 10), 10)))
  const closed = new Promise<Closing>(resolve => {
    socket.onclose = ({ code, reason, wasClean }) => resolve({ code, reason, wasClean, at: Date.now() })
  })
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  return { socket, origin, seen, closed }
}

/** Resolves once `holds`, looked at in every turn of the event loop. */
async function until (holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setImmediate(resolve))
}

t.test('closes the tunnels of a revoked origin among 500 while messages flow, and harms no other', async t => {
  const instance = await wsInstance(t)
  const { app, port, allow, logs } = await listenWithFile(t, instance.url)
  const origins = Array.from({ length: 500 }, (_, i) => [GONE, STAYS, OTHER][i % 3]!)
  const clients: Client[] = []
  for (let i = 0; i < 500; i += 50) {
    clients.push(...await Promise.all(origins.slice(i, i + 50).map(origin => openClient(t, port, origin))))
  }
  const gone = clients.filter(({ origin }) => origin === GONE)
  const stay = clients.filter(({ origin }) => origin !== GONE)

  let sent = 0
  const sendToAll = () => {
    const message = String(sent).padEnd(sent % 5 === 0 ? 20_000 : 200) // large ones come in several chunks
    sent++
    for (const socket of instance.server.clients) {
      if (socket.readyState === WebSocket.OPEN) socket.send(message)
    }
  }
  const sendUntil = async (holds: () => boolean) => {
    while (!holds()) {
      sendToAll()
      await until(() => stay.every(({ seen }) => seen.length >= sent - 2)) // two are always on their way
    }
  }
  await sendUntil(() => sent === 10)
  const startedAt = Date.now()
  await allow(STAYS, OTHER)
  await sendUntil(() => gone.every(({ socket }) => socket.readyState === WebSocket.CLOSED))
  const closings = await Promise.all(gone.map(({ closed }) => closed))
  t.equal(closings.length, 167)
  const kinds = closings.map(({ code, reason, wasClean }) => `${code} ${reason} ${wasClean}`)
  t.same([...new Set(kinds)], [`1008 ${REASON} true`])
  t.ok(closings.every(({ at }) => at - startedAt < GRACE_MS))
  t.ok(gone.every(({ seen }) => seen.length >= 8 && seen.every((n, i) => n === i)), 'whole messages in order')

  const last = sent + 5
  await sendUntil(() => sent === last)
  await until(() => stay.every(({ seen }) => seen.length >= sent))
  t.equal(stay.length, 333)
  t.ok(stay.every(({ seen }) => seen.length === sent && seen.every((n, i) => n === i)), 'each message, once')
  t.ok(stay.every(({ socket }) => socket.readyState === WebSocket.OPEN))
  t.equal(app.tunnelCount(), 333)
  t.equal(app.revokedCount(), 167)
  t.match(logs.filter(({ msg }) => msg === 'origin revoked'), [{ level: 30, origin: GONE, door: 'upgrade', ended: 167 }])

  await allow()
  await Promise.all(stay.map(({ closed }) => closed))
  await until(() => app.tunnelCount() === 0)
  t.equal(app.pool.instances[0]!.open, 0)
  t.equal(app.revokedCount(), 500)
})

for (const transport of ['xhr_streaming', 'eventsource'] as const) {
  t.test(`cuts ${transport} of a revoked origin, and no other's`, async t => {
    const instance = await sockjsInstance(t, { onMessage: (peer, message) => peer.write(message) })
    const { app, url, allow, logs } = await listenWithFile(t, instance.url)
    const open = async (origin: string) => {
      const session = sockjsHttp(`${url}/stomp/echo`, randomUUID(), { origin })
      const stream = await session.stream(transport)
      let bytes = ''
      while (!/o\r?\n/.test(bytes)) bytes += await stream.next()
      return { session, stream }
    }
    const [gone, stays] = [await open(GONE), await open(STAYS)]
    const broken = gone.stream.next()
    await allow(STAYS)
    await t.rejects(broken, { code: 'ECONNRESET' }, 'it does not look whole')
    t.equal((await gone.session.send('x')).status, 403)
    t.equal((await stays.session.send('hello')).status, 204)
    t.match(await stays.stream.next(), 'a["hello"]')
    t.equal(app.pool.instances[0]!.open, 1)
    t.equal(app.revokedCount(), 1)
    t.match(logs.filter(({ msg }) => msg === 'origin revoked'), [{ origin: GONE, door: 'http', ended: 1 }])
    stays.stream.leave()
    await until(() => app.pool.instances[0]!.open === 0)
  })
}

t.test('lets a request without an answer be answered within the grace, and cuts one that is not', async t => {
  const instance = await fakeInstance(t, (head, socket) => {
    if (head.startsWith('GET /slow')) setTimeout(() => socket.write(answerWith('late')), 50)
  })
  const { app, url, allow } = await listenWithFile(t, instance.url, { ORIGIN_REVOKE_GRACE_MS: '500' })
  const headers = { origin: GONE }
  const slow = exchange(`${url}/stomp/slow`, { headers })
  const never = openExchange(`${url}/stomp/never`, { headers })
  await until(() => instance.received.join('').includes('/never') && instance.received.join('').includes('/slow'))
  const startedAt = Date.now()
  await allow(STAYS)
  t.match(await slow, { status: 200, text: 'late' })
  await t.rejects(never.answer, { code: 'ECONNRESET' })
  const ms = Date.now() - startedAt
  t.ok(ms >= 400 && ms < 1_000, `after ${ms} ms`)
  await until(() => app.pool.instances[0]!.open === 0)
  t.equal((await exchange(`${url}/stomp/slow`, { headers })).status, 403)
})

t.test('ends no tunnel without an Origin, or of the gateway itself, and counts none that has ended', async t => {
  const instance = await wsInstance(t)
  const { app, port, url, allow } = await listenWithFile(t, instance.url, { PUBLIC_ORIGINS: STAYS })
  const left = await openClient(t, port, GONE)
  left.socket.close()
  await until(() => app.tunnelCount() === 0)
  t.equal((await exchange(`${url}/stomp/ws`, { headers: { origin: GONE } })).status, 426)
  const own = await openClient(t, port, STAYS)
  const gone = await openClient(t, port, GONE)
  const native = new WebSocket(`ws://127.0.0.1:${port}/stomp/ws`)
  await once(native, 'open')
  await allow(OTHER)
  await gone.closed
  await until(() => app.tunnelCount() === 2)
  t.equal(app.revokedCount(), 1)
  const heard = Promise.all([own.socket, native].map(socket => once(socket, 'message')))
  for (const socket of instance.server.clients) socket.send('1')
  await heard
  native.terminate()
})

t.test('leaves what is open when revoking is off, and opens no more', async t => {
  const instance = await wsInstance(t)
  const { app, port, url, allow } = await listenWithFile(t, instance.url, { ORIGIN_REVOKE_GRACE_MS: 'off' })
  const client = await openClient(t, port, GONE)
  await allow(STAYS)
  t.equal((await exchange(`${url}/stomp/ws`, { headers: { origin: GONE } })).status, 403)
  const [far] = instance.server.clients
  far!.send('1')
  await until(() => client.seen.length === 1)
  t.equal(app.tunnelCount(), 1)
  t.equal(app.revokedCount(), 0)
  client.socket.close()
  t.match(await client.closed, { code: 1005 })
})

t.test('waits for the end of a large frame that began together with the 101', async t => {
  const message = frame({ opcode: 2, payload: Buffer.alloc(70_000, 'x') })
  const instance = await fakeInstance(t, (_head, socket) => {
    socket.write(Buffer.concat([Buffer.from(SWITCH), message.subarray(0, 1_000)]))
    socket.once('end', () => socket.end())
  })
  const { app, port, allow } = await listenWithFile(t, instance.url)
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws', [`Origin: ${GONE}`]))
  await client.until(bytes => bytes.includes('xxx'))
  await allow(STAYS)
  const far = await instance.connection()
  far.write(message.subarray(1_000, 50_000))
  await client.until(bytes => bytes.length > 50_000)
  far.write(Buffer.concat([message.subarray(50_000), frame({ payload: Buffer.from('not this') })]))
  const bytes = await client.closed()
  const expected = Buffer.concat([message, closeFrame(1008, REASON)]).toString('latin1')
  t.ok(bytes.slice(bytes.indexOf('\r\n\r\n') + 4) === expected)
  await until(() => app.tunnelCount() === 0)
})

t.test('gives up a tunnel that is still being opened', async t => {
  const instance = await fakeInstance(t, () => {})
  const { app, port, allow } = await listenWithFile(t, instance.url)
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws', [`Origin: ${GONE}`]))
  await instance.seen(bytes => bytes.includes('\r\n\r\n'))
  await allow(STAYS)
  t.equal(await client.closed(), '')
  t.equal(app.tunnelCount(), 0)
  t.equal(app.pool.instances[0]!.open, 0)
  const far = await instance.connection()
  if (!far.readableEnded) await once(far, 'end')
})

for (const by of ['revoked', 'shutdown'] as const) {
  t.test(`ends what an instance streams in place of a 101 when it is ${by}`, async t => {
    const instance = await fakeInstance(t, (_head, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nsecret\r\n')
      socket.once('end', () => socket.end())
    })
    const { app, port, allow } = await listenWithFile(t, instance.url)
    const open = (origin: string) => rawSocket(t, port, upgradeHead('/stomp/ws', [`Origin: ${origin}`]))
    const [gone, stays] = [await open(GONE), await open(STAYS)]
    await Promise.all([gone, stays].map(client => client.until(bytes => bytes.includes('secret'))))
    if (by === 'revoked') await allow(STAYS)
    else app.endTunnels()
    const bytes = await gone.closed()
    t.notMatch(bytes, /\r\n0\r\n/, 'it does not look whole')
    if (by === 'shutdown') await stays.closed()
    const left = by === 'revoked' ? 1 : 0
    t.equal(app.revokedCount(), left)
    t.equal(app.tunnelCount(), left)
    t.equal(app.pool.instances[0]!.open, left)
  })
}

t.test('a request on a connection whose stream was cut is not served', async t => {
  const instance = await fakeInstance(t, (_head, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n')
  })
  const { port, allow } = await listenWithFile(t, instance.url)
  const lines = [`Origin: ${GONE}`]
  const heads = ['GET /stomp/first', 'GET /stomp/second'].map(line => requestHead(line, lines))
  const client = await rawSocket(t, port, heads.join(''))
  await client.until(bytes => bytes.includes('1\r\nx'))
  await allow(STAYS)
  t.notMatch(await client.closed(), /0\r\n\r\n$/)
  t.notMatch(instance.received.join(''), 'second')
})
