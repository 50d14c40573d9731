import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import t from 'tap'
import type { Test } from 'tap'
import { parseUpstreams, type Upstream } from '../../../src/config/upstreams.js'
import { dial } from '../../../src/proxy/dial.js'
import { CERTIFICATE, PRIVATE_KEY } from '../../helper/certificate.js'

type Result = [Error & { code?: string } | null, Socket | null]

const upstreamAt = (url: string) => parseUpstreams(url).upstreams[0] as Upstream

async function listenOn (t: Test, server: Server, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host)
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  return (server.address() as AddressInfo).port
}

/** What `done` was called with, each time. */
function dialled (url: string, timeoutMs = 2_000) {
  const results: Result[] = []
  let resolveFirst: (result: Result) => void
  const first = new Promise<Result>(resolve => { resolveFirst = resolve })
  const socket = dial(upstreamAt(url), timeoutMs, (...result) => {
    results.push(result)
    resolveFirst(result)
  })
  return { results, first, socket }
}

t.test('hands over a connected socket, once, which survives its own errors', async t => {
  const server = createServer()
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const { results, first } = dialled(`http://127.0.0.1:${await listenOn(t, server)}`, 100)
  const [error, socket] = await first
  t.equal(error, null)
  const [far] = await accepted
  far.resetAndDestroy()
  await new Promise(resolve => socket!.once('close', resolve))
  t.equal(results.length, 1)
})

t.test('connects to an IPv6 address', async t => {
  const { first } = dialled(`http://[::1]:${await listenOn(t, createServer(socket => socket.end()), '::1')}`)
  const [error, socket] = await first
  t.equal(error, null)
  socket!.destroy()
})

t.test('tells that a connection is refused', async t => {
  const server = createServer()
  const port = await listenOn(t, server)
  await new Promise(resolve => server.close(resolve))
  const { results, first } = dialled(`http://127.0.0.1:${port}`)
  const [error, socket] = await first
  t.match(error, { code: 'ECONNREFUSED' })
  t.equal(socket, null)
  t.equal(results.length, 1)
})

t.test('gives up TLS that is not answered in time', async t => {
  const server = createServer(socket => { t.teardown(() => socket.destroy()) })
  const { results, first, socket } = dialled(`https://127.0.0.1:${await listenOn(t, server)}`, 100)
  t.match(await first, [{ code: 'ETIMEDOUT', message: 'connect timed out' }, null])
  t.ok(socket.destroyed)
  t.equal(results.length, 1)
})

t.test('tells its caller when the attempt is given up', async t => {
  const server = createServer(socket => { t.teardown(() => socket.destroy()) })
  const { results, first, socket } = dialled(`https://127.0.0.1:${await listenOn(t, server)}`)
  socket.destroy()
  t.match(await first, [{ message: 'connect was given up' }, null])
  t.equal(results.length, 1)
})

t.test('refuses a certificate that nobody vouches for', async t => {
  const server = createTlsServer({ key: PRIVATE_KEY, cert: CERTIFICATE })
  const port = await listenOn(t, server)
  for (const host of ['127.0.0.1', 'localhost']) {
    const { first } = dialled(`https://${host}:${port}`)
    t.match(await first, [{ code: /SELF_SIGNED/ }, null], host)
  }
})

t.test('names the host it looks for, and no address', async t => {
  const names: unknown[] = []
  const server = createTlsServer({
    key: PRIVATE_KEY,
    cert: CERTIFICATE,
    SNICallback: (name, done) => {
      names.push(name)
      done(null)
    }
  })
  const port = await listenOn(t, server)
  await dialled(`https://localhost:${port}`).first
  await dialled(`https://127.0.0.1:${port}`).first
  t.same(names, ['localhost'])
})
