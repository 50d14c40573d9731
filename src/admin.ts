import websocket from '@fastify/websocket'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import adminGuard from '../plugins/admin-guard.js'
import upstreams from '../routes/admin/upstreams.js'

/** A feed takes nothing but control frames from its client. */
const MAX_FRAME_BYTES = 1_024

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
  await app.register(adminGuard, { config: gateway.config })
  await app.register(websocket, { options: { maxPayload: MAX_FRAME_BYTES } })
  await app.register(upstreams, { gateway })
  return app as unknown as FastifyInstance
}
