import fp from 'fastify-plugin'
import type { Upstream } from '../src/config/upstreams.js'
import { createClients, type Clients } from '../src/proxy/clients.js'
import { connectCause, isOutOfSockets } from '../src/proxy/connect-failure.js'
import { startProbes } from '../src/proxy/probe.js'
import { createInstance, setAside, type Instance } from '../src/upstream/instance.js'
import { createPool, type Pool } from '../src/upstream/pool.js'

declare module 'fastify' {
  interface FastifyInstance {
    pool: Pool<Upstream>
    clientOf: Clients['clientOf']
    /**
     * A connect that began at `startedAt` (ms) failed: sets the instance aside and logs it, once a pause.
     * When the gateway has no socket left, that is logged instead, once a second, and the instance stays.
     */
    onRefused: (instance: Instance<Upstream>, startedAt: number, error: Error) => void
    /** Whole seconds until an instance may be tried again, at least 1: what Retry-After says. */
    retryAfterS: () => number
  }
}

/** SockJS servers beat every 25 s; a stream that is silent for less than this is never cut. */
const SHORTEST_STREAM_IDLE_MS = 60_000

/** A gateway without sockets fails every request; its log need not say so each time. */
const OUT_OF_SOCKETS_EVERY_MS = 1_000

/** Owns the instances of STOMP_UPSTREAMS: their counts, connections and probes, from start to close. */
export default fp(async function upstreams (app) {
  const { config, log } = app
  const instances = config.upstreams.map(upstream => createInstance(upstream.id, upstream))
  const pool = createPool(instances, { random: Math.random })
  const clients = createClients(instances, {
    connectTimeoutMs: config.CONNECT_TIMEOUT_MS,
    responseTimeoutMs: config.RESPONSE_TIMEOUT_MS,
    silenceMs: Math.max(config.TUNNEL_IDLE_TIMEOUT_MS, SHORTEST_STREAM_IDLE_MS),
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
    now: () => performance.now()
  })
  let outOfSocketsAt = 0
  app.decorate('pool', pool)
  app.decorate('clientOf', clients.clientOf)
  app.decorate('onRefused', (instance, startedAt, error) => {
    const now = Date.now()
    if (isOutOfSockets(error)) {
      if (now - outOfSocketsAt < OUT_OF_SOCKETS_EVERY_MS) return
      outOfSocketsAt = now
      log.error({ cause: connectCause(error) }, 'out of sockets')
      return
    }
    if (!setAside(instance, now, startedAt)) return
    const pauseMs = instance.asideUntil - now
    log.warn({ instance: instance.id, pauseMs, cause: connectCause(error) }, 'instance set aside')
  })
  app.decorate('retryAfterS', () => {
    // Without a pause to wait for, probes keep all instances out: the next round of them may bring one back.
    const waitMs = pool.retryAfterMs(Date.now()) || config.HEALTH_CHECK_INTERVAL_MS
    return Math.max(1, Math.ceil(waitMs / 1000))
  })
  const stopProbes = config.HEALTH_CHECK === 'off'
    ? () => {}
    : startProbes(instances, {
      intervalMs: config.HEALTH_CHECK_INTERVAL_MS,
      timeoutMs: config.CONNECT_TIMEOUT_MS,
      onChange: ({ id, health }) => log.warn({ instance: id, up: health.up }, 'instance health changed')
    })
  app.addHook('onClose', async () => {
    stopProbes()
    clients.close()
  })
}, { name: 'upstreams', dependencies: ['config'] })
