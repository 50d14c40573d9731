import type { FastifyInstance } from 'fastify'
import { isAvailable } from '../../src/upstream/instance.js'

/** How often the live feed looks for news; nothing is sent while nothing changes. */
const FEED_EVERY_MS = 500

/**
 * `GET /upstreams`: each instance as the gateway sees it now. `GET /upstreams/live`: the same over
 * WebSocket.
 */
export default async function upstreams (
  app: FastifyInstance, { gateway }: { gateway: FastifyInstance }
): Promise<void> {
  const schema = { tags: ['upstreams'], summary: 'Each instance as the gateway sees it now' }
  app.get('/upstreams', { schema }, async () => describe(gateway))

  app.get('/upstreams/live', { websocket: true }, socket => {
    let last = ''
    const send = () => {
      const now = JSON.stringify(describe(gateway))
      // A slow reader gets the newest state later, not a queue of old ones.
      if (now === last || socket.bufferedAmount > 0) return
      last = now
      socket.send(now)
    }
    const timer = setInterval(send, FEED_EVERY_MS)
    socket.on('close', () => clearInterval(timer))
    socket.on('error', () => socket.terminate())
    send()
  })
}

function describe (gateway: FastifyInstance) {
  const now = Date.now()
  return {
    draining: gateway.isDraining(),
    tunnels: gateway.tunnelCount(),
    instances: gateway.pool.instances.map(instance => ({
      id: instance.id,
      available: isAvailable(instance, now),
      healthy: instance.health.up,
      failures: instance.failures,
      open: instance.open
    }))
  }
}
