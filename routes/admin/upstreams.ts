import type { FastifyInstance } from 'fastify'
import type { GatewayState } from '../../src/gateway-state.js'

/** How often the live feed looks for news; nothing is sent while nothing changes. */
const FEED_EVERY_MS = 500

/**
 * `GET /upstreams`: each instance as the gateway sees it now. `GET /upstreams/live`: the same over
 * WebSocket.
 */
export default async function upstreams (
  app: FastifyInstance, { state }: { state: GatewayState }
): Promise<void> {
  const schema = { tags: ['upstreams'], summary: 'Each instance as the gateway sees it now' }
  app.get('/upstreams', { schema }, async () => await state.upstreams())

  app.get('/upstreams/live', { websocket: true }, socket => {
    let last = ''
    let isAsking = false
    const send = async () => {
      if (isAsking) return
      isAsking = true
      // While nobody can answer, there is no news to tell.
      const now = await state.upstreams().then(JSON.stringify, () => last)
      isAsking = false
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
