import websocket from '@fastify/websocket'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import adminGuard from '../plugins/admin-guard.js'
import errorAnswers from '../plugins/error-answers.js'
import upstreams from '../routes/admin/upstreams.js'

/**
 * ws' options for the feeds. Their clients send nothing but control frames, and one that does not answer the
 * close frame (within `closeTimeout` ms) must not hold up the shutdown.
 */
const FEEDS = { maxPayload: 1_024, closeTimeout: 1_000 }

/**
 * The admin listener: the state of the gateway it is built for, on an app and a port of its own. Bound to
 * loopback unless told otherwise, and then it asks for ADMIN_TOKEN.
 */
export async function buildAdmin (gateway: FastifyInstance): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: gateway.log.child({ listener: 'admin' }) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: gateway.config.REQUEST_TIMEOUT_MS
  })
  app.decorateRequest('loggedPath', function () { return this.routeOptions.url ?? 'no route' })
  await app.register(errorAnswers)
  // Before the guard: this plugin closes the socket of an upgrade only when its own hook met it first.
  await app.register(websocket, { options: FEEDS })
  await app.register(adminGuard, { config: gateway.config })
  await app.register(upstreams, { gateway })
  return app as unknown as FastifyInstance
}
