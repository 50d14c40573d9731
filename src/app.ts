import Fastify, { LogController, type FastifyInstance, type FastifyServerOptions } from 'fastify'
import accessLog from '../plugins/access-log.js'
import configPlugin from '../plugins/config.js'
import cors from '../plugins/cors.js'
import errorAnswers from '../plugins/error-answers.js'
import gracefulClose from '../plugins/graceful-close.js'
import httpProxy from '../plugins/http-proxy.js'
import originGate from '../plugins/origin-gate.js'
import originPolicy, { gatewayDoors } from '../plugins/origin-policy.js'
import requestGuard, { routableUrl } from '../plugins/request-guard.js'
import revocation from '../plugins/revocation.js'
import upgrade from '../plugins/upgrade.js'
import upstreams from '../plugins/upstreams.js'
import wsTunnel from '../plugins/ws-tunnel.js'
import health from '../routes/health.js'
import type { Config } from './config/load.js'
import { MAX_HEAD_BYTES } from './http/headers.js'
import { boundListener, listenerOptions } from './listener.js'
import { loggerOptions, type LogStream } from './logging.js'
import { RequestLog } from './request-log.js'
import { openPolicies } from './sources/open-policies.js'

/** What `buildApp` gives: a Fastify app, its settings, and its ending. */
export type Gateway = FastifyInstance & {
  readonly config: Config
  /** Waits until nothing is under way, or SHUTDOWN_GRACE_MS; then ends what is left and closes the app. */
  drain: () => Promise<void>
}

/**
 * The public gateway, ready to listen. Plugins stand in the order a request meets them: limits, upgrade,
 * gate, CORS, route. That order is security, so it is written out here.
 * @throws OriginStartError when a source of ORIGIN_POLICY has no good list and ORIGIN_START is `fail`
 * @param logStream where log lines go; standard output when it is left out
 * @param more options for Fastify that whoever runs this app can answer for
 */
export async function buildApp (
  config: Config, logStream?: LogStream, more: Pick<FastifyServerOptions, 'schemaController'> = {}
): Promise<Gateway> {
  const app = Fastify({
    ...more,
    ...listenerOptions(config),
    logger: loggerOptions(config, logStream),
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (parent, bindings, options) => new RequestLog(parent, bindings, options),
    trustProxy: config.trustProxy.length > 0 ? [...config.trustProxy] : false,
    routerOptions: { maxParamLength: MAX_HEAD_BYTES },
    rewriteUrl: routableUrl
  })
  boundListener(app, config.MAX_CONNECTIONS)
  app.removeAllContentTypeParsers() // nothing here reads a body

  const policies = await openPolicies(config, app.log)
  await app.register(configPlugin, { config })
  await app.register(requestGuard)
  await app.register(gracefulClose)
  await app.register(errorAnswers)
  await app.register(accessLog)
  await app.register(upgrade)
  await app.register(originPolicy, policies)
  await app.register(originGate, gatewayDoors(app))
  await app.register(cors, { exposedHeaders: config.exposedHeaders, sockjsPrefix: config.STOMP_PREFIX })
  await app.register(revocation)
  await app.register(upstreams)
  await app.register(wsTunnel)
  await app.register(httpProxy)
  await app.register(health)
  return app
}
