import fp from 'fastify-plugin'
import type { Socket } from 'node:net'
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

/** Tunnels that were told to end get this long to take their last bytes and end, too. */
const FLUSH_MS = 2_000

/**
 * The gateway's ending: told at once, bounded in time. A request is under way until its answer's last byte
 * was handed to the system, a tunnel until its socket is closed.
 */
export default fp(async function gracefulClose (app) {
  let draining = false
  const sockets = new Set<Socket>()
  const isBusy = () => {
    for (const socket of sockets) if (connectionOf(socket).underWay > 0) return true
    return false
  }

  app.decorate('isDraining', () => draining)
  app.decorate('drain', async () => {
    draining = true
    await idleWithin(isBusy, app.config.SHUTDOWN_GRACE_MS)
    app.endTunnels()
    await idleWithin(() => app.tunnelCount() > 0, FLUSH_MS)
    app.endTunnels()
    // A client that reads no more would keep its socket, and the app waits for every one of them.
    for (const socket of sockets) socket.destroy()
    app.server.closeAllConnections()
    await app.close()
  })

  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  app.addHook('onRequest', (_request, reply, done) => {
    if (draining) reply.header('connection', 'close')
    done()
  })
}, { name: 'graceful-close', dependencies: ['config', 'request-guard'] })

/** Resolves when nothing is busy any more, or after `graceMs`. */
async function idleWithin (isBusy: () => boolean, graceMs: number): Promise<void> {
  await new Promise<void>(resolve => {
    const until = Date.now() + graceMs
    const timer = setInterval(look, LOOK_EVERY_MS)
    function look () {
      if (isBusy() && Date.now() < until) return
      clearInterval(timer)
      resolve()
    }
    look()
  })
}
