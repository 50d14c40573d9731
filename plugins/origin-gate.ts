import fp from 'fastify-plugin'
import type { FastifyRequest } from 'fastify'
import { ERR_INTERNAL, ERR_ORIGIN_NOT_ALLOWED, ERR_PREFLIGHT_INVALID } from '../src/errors.js'
import { headerValues } from '../src/http/headers.js'
import { isPreflight } from '../src/origin/cors.js'
import type { DecideOrigin, Door, OriginDecision, OriginQuestion } from '../src/origin/decide.js'
import { shownOrigin } from '../src/origin/refusal.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The gate's answer; only requests that it let in have one. */
    originDecision: OriginDecision & { allowed: true }
  }
  interface FastifyContextConfig {
    /** The route leads to SockJS services, whose GETs any page could make without CORS. */
    sockjs?: boolean
  }
}

/** What the gate asks, and what it has to know of the app around it. */
export interface GateOptions {
  readonly decide: DecideOrigin
  readonly isUpgrade: (request: FastifyRequest) => boolean
  /** Whether Sec-Fetch-Site counts when there is no Origin. */
  readonly isSockjs: (request: FastifyRequest) => boolean
  /** The path as logs may hold it. */
  readonly loggedPath: (request: FastifyRequest) => string
  /** OPTIONS that is no preflight is answered 400, for nothing behind the gate is to see it. */
  readonly answersOptions: boolean
  /** Told of every decision before it takes effect. */
  readonly onDecision?: (request: FastifyRequest, question: OriginQuestion, decision: OriginDecision) => void
}

/**
 * The one gate for plain HTTP, preflight and upgrade: it asks `decide` before any route runs. A refusal is
 * one log line and a 403 that says why; it reaches no handler.
 */
export default fp<GateOptions>(async function originGate (app, options) {
  app.decorateRequest('originDecision')

  app.addHook('onRequest', (request, _reply, done) => {
    const { rawHeaders } = request.raw
    const origins = headerValues(rawHeaders, 'origin')
    const question = {
      origins,
      fetchSites: headerValues(rawHeaders, 'sec-fetch-site'),
      door: doorOf(request, origins, options),
      sockjs: options.isSockjs(request),
      host: request.host
    }
    const decision = options.decide(question)
    options.onDecision?.(request, question, decision)
    if (!decision.allowed) {
      logRefusal(request, question, decision, options.loggedPath(request))
      throw new ERR_ORIGIN_NOT_ALLOWED(decision.message)
    }
    request.originDecision = decision
    if (options.answersOptions && request.method === 'OPTIONS' && question.door !== 'preflight') {
      throw new ERR_PREFLIGHT_INVALID()
    }
    done()
  })
}, { name: 'origin-gate' })

/** A preflight comes from an origin; other OPTIONS are none. */
function doorOf (request: FastifyRequest, origins: readonly string[], { isUpgrade }: GateOptions): Door {
  if (isUpgrade(request)) return 'upgrade'
  return isPreflight(request) && origins.length > 0 ? 'preflight' : 'http'
}

type Refusal = OriginDecision & { allowed: false }

function logRefusal (
  request: FastifyRequest, question: OriginQuestion, refusal: Refusal, route: string
): void {
  const { reason, cause } = refusal
  const { origins, door } = question
  const facts = { origin: shownOrigin(origins), reason, door, route, client: request.ip }
  if (cause === undefined) request.log.warn(facts, 'origin refused')
  else request.log.error({ ...facts, code: new ERR_INTERNAL().code, err: cause }, 'origin policy failed')
}
