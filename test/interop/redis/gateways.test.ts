import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { Pool } from 'undici'
import WebSocket, { WebSocketServer } from 'ws'
import { listen } from '../../helper/build.js'
import { fakeInstance } from '../../helper/fake-instance.js'
import { redisServer } from '../../helper/redis-server.js'

const KEY = 'gatehouse:origins'
const CHANNEL = `${KEY}:changed`
const ALWAYS = 'https://always.example.com'

/** A gateway that follows the set and would not poll it within the test. */
async function follower (t: Test, redis: string, upstream: string) {
  return await listen(t, {
    ORIGIN_POLICY: redis, ORIGIN_POLL_MS: '3600000', STOMP_UPSTREAMS: upstream, LOG_LEVEL: 'warn'
  })
}

t.test('two gateways follow one set, without being restarted or polled', async t => {
  const redis = await redisServer(t)
  await redis.client.sadd(KEY, ALWAYS)
  const instance = await fakeInstance(t)
  const gateways = [await follower(t, redis.url, instance.url), await follower(t, redis.url, instance.url)]
  const ask = async (origin: string) => await Promise.all(gateways.map(async ({ url }) =>
    (await fetch(`${url}/stomp/ws/info`, { headers: { origin } })).status))
  /** Makes the change and waits until every gateway has it. */
  const change = async (make: () => Promise<unknown>) => {
    const seen = gateways.map(({ app }) => new Promise<void>(resolve => {
      const stop = app.originPolicy.onChange(() => {
        stop()
        resolve()
      })
    }))
    await make()
    await redis.client.publish(CHANNEL, '1')
    await Promise.all(seen)
  }
  t.same(await ask('https://partner.example.com'), [403, 403])
  await change(() => redis.client.sadd(KEY, 'https://partner.example.com'))
  t.same(await ask('https://partner.example.com'), [200, 200])
  await change(() => redis.client.srem(KEY, 'https://partner.example.com'))
  t.same(await ask('https://partner.example.com'), [403, 403])
  t.same(await ask(ALWAYS), [200, 200])
})

const SECONDS = 10
const CHANGES_A_SECOND = 1_000
const CLIENTS = 16
const TUNNELS = 100
const INFO = { path: '/stomp/ws/info', method: 'GET' } as const

/** Bytes of the heap that are in use, without what is garbage already. */
function heapInUse (): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

/** An instance that takes every upgrade, answers every request, and remembers nothing. */
async function chatService (t: Test): Promise<string> {
  const server = createServer((_request, response) => { response.end('ok') })
  const sockets = new WebSocketServer({ server })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const client of sockets.clients) client.terminate()
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test(`${CHANGES_A_SECOND} changes a second for ${SECONDS} s: no request fails, no tunnel ends, memory is flat`, async t => {
  t.setTimeout(60_000)
  const redis = await redisServer(t)
  await redis.client.sadd(KEY, ALWAYS)
  const gateway = await follower(t, redis.url, await chatService(t))
  const tunnels = Array.from({ length: TUNNELS }, () =>
    new WebSocket(`${gateway.url}/stomp/ws/websocket`.replace('http', 'ws'), { origin: ALWAYS }))
  let ended = 0
  for (const tunnel of tunnels) tunnel.on('error', () => {}).on('close', () => { ended++ })
  await Promise.all(tunnels.map(tunnel => once(tunnel, 'open')))

  const statuses = new Map<number, number>()
  const pool = new Pool(gateway.url, { connections: CLIENTS })
  t.teardown(() => pool.destroy())
  const run = { isOver: false }
  const load = Array.from({ length: CLIENTS }, async () => {
    while (!run.isOver) {
      const { statusCode, body } = await pool.request({ ...INFO, headers: { origin: ALWAYS } })
      await body.dump()
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
    }
  })

  let early = 0
  const beats = SECONDS * 100
  for (let beat = 0; beat < beats; beat++) {
    const pipeline = redis.client.pipeline()
    for (let i = 0; i < CHANGES_A_SECOND / 100; i++) {
      const entry = `https://app-${(beat * 10 + i) % 500}.example.com`
      if (beat % 100 < 50) pipeline.sadd(KEY, entry)
      else pipeline.srem(KEY, entry)
      pipeline.publish(CHANNEL, '1')
    }
    await Promise.all([pipeline.exec(), new Promise(resolve => setTimeout(resolve, 10))])
    if (beat === beats / 5) early = heapInUse()
  }
  const late = heapInUse()
  run.isOver = true
  await Promise.all(load)

  t.same([...statuses.keys()], [200], `${statuses.get(200)} requests`)
  t.equal(ended, 0, 'tunnels that ended')
  t.ok(late - early < 4_194_304, `the heap grew by ${late - early} bytes`)
  t.ok(gateway.app.originPolicy.generation > 50, `${gateway.app.originPolicy.generation} lists were enforced`)

  const last = new Promise<void>(resolve => {
    gateway.app.originPolicy.onChange(() => {
      if (gateway.app.originPolicy.entries().includes('https://last.example.com')) resolve()
    })
  })
  await redis.client.sadd(KEY, 'https://last.example.com')
  await redis.client.publish(CHANNEL, '1')
  await last
  t.same([...gateway.app.originPolicy.entries()].sort(), (await redis.client.smembers(KEY)).sort(), 'the newest list counts')
})
