import fp from 'fastify-plugin'
import { connectionOf } from '../src/proxy/connection.js'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * True from the first signal on: readiness fails, new tunnels are refused, connections end after their
     * answer.
     */
    isDraining: () => boolean
    /** Waits until nothing is under way, or SHUTDOWN_GRACE_MS; then ends what is left and closes the app. */
    drain: () => Promise<void>
  }
}

/** How often a draining gateway looks whether it is idle. */
const LOOK_EVERY_MS = 20

/** Tunnels that were told to end get this long to flush their last bytes. */
const FLUSH_MS = 1_000

/** The gateway's ending: told at once, bounded in time. */
export default fp(async function gracefulClose (app) {
  let draining = false
  const underWay = () => app.pool.instances.reduce((sum, { open }) => sum + open, app.tunnelCount())

  app.decorate('isDraining', () => draining)
  app.decorate('drain', async () => {
    draining = true
    await idleWithin(underWay, app.config.SHUTDOWN_GRACE_MS)
    app.endTunnels()
    await idleWithin(app.tunnelCount, FLUSH_MS)
    app.server.closeAllConnections()
    await app.close()
  })

  app.addHook('onRequest', async (request, reply) => {
    if (!draining) return
    reply.header('connection', 'close')
    connectionOf(request.raw.socket).closing = true
  })
}, { name: 'graceful-close', dependencies: ['config', 'upstreams'] })

/** Resolves when `count` is 0, or after `graceMs`. */
async function idleWithin (count: () => number, graceMs: number): Promise<void> {
  await new Promise<void>(resolve => {
    const until = Date.now() + graceMs
    const timer = setInterval(look, LOOK_EVERY_MS)
    function look () {
      if (count() > 0 && Date.now() < until) return
      clearInterval(timer)
      resolve()
    }
    look()
  })
}
