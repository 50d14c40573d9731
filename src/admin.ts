import swagger from '@fastify/swagger'
import websocket from '@fastify/websocket'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import adminGuard from '../plugins/admin-guard.js'
import errorAnswers from '../plugins/error-answers.js'
import openapi from '../routes/admin/openapi.js'
import origins from '../routes/admin/origins.js'
import upstreams from '../routes/admin/upstreams.js'
import type { Config } from './config/load.js'
import type { GatewayState } from './gateway-state.js'
import { boundListener, listenerOptions } from './listener.js'
import { localState } from './local-state.js'
import { packageVersion } from './version.js'

/**
 * ws' options for the feeds. Their clients send nothing but control frames, and one that does not answer the
 * close frame (within `closeTimeout` ms) must not hold up the shutdown.
 */
const FEEDS = { maxPayload: 1_024, closeTimeout: 1_000 }

/** Local tools and a few feeds; whoever holds more is no tool. */
const MAX_CONNECTIONS = 100

/** Whose state an admin listener tells. `log` is the gateway's; its lines get a field `listener`. */
interface Told {
  readonly config: Config
  readonly log: FastifyBaseLogger
  readonly state: GatewayState
}

/** The admin listener of the gateway that runs in this process. */
export async function buildAdmin (gateway: FastifyInstance): Promise<FastifyInstance> {
  return await buildAdminListener({ config: gateway.config, log: gateway.log, state: localState(gateway) })
}

/**
 * The admin listener: the state of a gateway, on an app and a port of its own. Bound to loopback unless told
 * otherwise, and then it asks for ADMIN_TOKEN. Closing it ends every connection, also those that have sent
 * nothing or half a request.
 */
export async function buildAdminListener ({ config, log, state }: Told): Promise<FastifyInstance> {
  const app = Fastify({
    ...listenerOptions(config),
    loggerInstance: log.child({ listener: 'admin' }) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true
  })
  boundListener(app as unknown as FastifyInstance, MAX_CONNECTIONS)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => { done(null) }) // no route reads one
  app.decorateRequest('loggedPath', function () { return String(this.routeOptions.url) })
  await app.register(errorAnswers)
  // Before the guard: this plugin closes the socket of an upgrade only when its own hook met it first.
  await app.register(websocket, { options: FEEDS })
  await app.register(adminGuard, { config })
  await app.register(swagger, { openapi: describeApi() })
  await app.register(upstreams, { state })
  await app.register(origins, { state })
  await app.register(openapi)
  return app as unknown as FastifyInstance
}

function describeApi () {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Gatehouse admin listener',
      version: packageVersion(),
      description: 'State of one gateway. Bound to loopback, or guarded by ADMIN_TOKEN.'
    },
    components: { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } },
    security: [{ token: [] }]
  }
}
