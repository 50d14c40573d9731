import fp from 'fastify-plugin'
import type { FastifyRequest } from 'fastify'
import { ERR_ORIGIN_NOT_ALLOWED, ERR_PREFLIGHT_INVALID } from '../src/errors.js'
import { headerValues } from '../src/http/headers.js'
import { pathBelow } from '../src/http/target.js'
import { createDecideOrigin, type DecideOrigin, type Door, type OriginDecision } from '../src/origin/decide.js'
import { parseSockjsPath } from '../src/sockjs/path.js'

declare module 'fastify' {
  interface FastifyInstance { decideOrigin: DecideOrigin }
  interface FastifyRequest {
    /** The gate's answer; only requests that it let in have one. */
    originDecision: OriginDecision & { allowed: true }
  }
  interface FastifyContextConfig {
    /** The route leads to SockJS services, whose GETs any page could make without CORS. */
    sockjs?: boolean
  }
}

/** Longer Origins are no browser's; the log keeps their beginning. */
const LOGGED_ORIGIN_LENGTH = 256

/**
 * The one gate for plain HTTP, preflight and upgrade: it asks `decideOrigin` before any route runs. A
 * refusal is one log line and a 403 that says why; it reaches no instance.
 */
export default fp(async function originPolicy (app) {
  const { config } = app
  const { decideOrigin } = createDecideOrigin({
    allowed: config.allowedOrigins,
    own: config.publicOrigins,
    missingOnUpgrade: config.MISSING_ORIGIN_ON_UPGRADE
  })
  app.decorate('decideOrigin', decideOrigin)
  app.decorateRequest('originDecision')

  app.addHook('onRequest', async request => {
    const { rawHeaders } = request.raw
    const origins = headerValues(rawHeaders, 'origin')
    const door = doorOf(request, origins)
    const decision = app.decideOrigin({
      origins,
      fetchSites: headerValues(rawHeaders, 'sec-fetch-site'),
      door,
      sockjs: request.routeOptions.config.sockjs === true && !isFramable(request)
    })
    if (!decision.allowed) {
      logRefusal(request, origins, door, decision.reason)
      throw new ERR_ORIGIN_NOT_ALLOWED(decision.message)
    }
    request.originDecision = decision
    if (request.method === 'OPTIONS' && door !== 'preflight') throw new ERR_PREFLIGHT_INVALID()
  })
}, { name: 'origin-policy', dependencies: ['config', 'request-guard', 'upgrade'] })

/**
 * Iframe pages exist to be framed by other sites, without an Origin: where they are switched on, their
 * `frame-ancestors` decides instead of Sec-Fetch-Site.
 */
function isFramable ({ server: { config }, target }: FastifyRequest): boolean {
  if (!config.transports.has('iframe')) return false
  return parseSockjsPath(pathBelow(config.STOMP_PREFIX, target.path) ?? '').kind === 'iframe'
}

/**
 * A preflight names a method and comes from an origin; OPTIONS without them is none (Fetch, "CORS-
 * preflight").
 */
function doorOf (request: FastifyRequest, origins: readonly string[]): Door {
  if (request.upgrade !== undefined) return 'upgrade'
  const asks = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
  return asks && origins.length > 0 ? 'preflight' : 'http'
}

function logRefusal (request: FastifyRequest, origins: readonly string[], door: Door, reason: string): void {
  request.log.warn({
    origin: origins.join(' | ').slice(0, LOGGED_ORIGIN_LENGTH),
    reason,
    door,
    route: request.loggedPath(),
    client: request.ip
  }, 'origin refused')
}
