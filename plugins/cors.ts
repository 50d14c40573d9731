import fp from 'fastify-plugin'
import cors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isPreflight, SOCKJS_PREFLIGHT_MAX_AGE_S, preflightCacheHeaders } from '../src/origin/cors.js'

/** What pages may use beyond the defaults. */
export interface CorsOptions {
  /** Response headers that allowed pages may read. */
  readonly exposedHeaders: readonly string[]
  /**
   * The prefix of the SockJS routes, in an app that answers OPTIONS nowhere else: OPTIONS has routes of its
   * own then, so that no other request pays for `@fastify/cors`. Left out, it is asked at every route.
   */
  readonly sockjsPrefix?: string
}

/** Browsers keep other preflights for two hours at most (Chromium); ten minutes is enough. */
const PREFLIGHT_MAX_AGE_S = 600

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * CORS headers for those the gate let in, and preflight answers by `@fastify/cors`. What stands in them is
 * the gate's decision and nothing else.
 */
export default fp<CorsOptions>(async function corsHeaders (app, { exposedHeaders, sockjsPrefix }) {
  const exposed = exposedHeaders.join(', ')
  app.addHook('onRequest', ({ originDecision: decision }, reply, done) => {
    if ('origin' in decision) allow(reply, decision.origin, exposed)
    done()
  })
  if (sockjsPrefix === undefined) {
    await answerPreflights(app, exposedHeaders)
    return
  }
  await app.register(async scope => {
    await answerPreflights(scope, exposedHeaders)
    const route = { config: { sockjs: true } }
    for (const url of [sockjsPrefix, `${sockjsPrefix}/*`]) scope.options(url, route, unreachable)
  })
}, { name: 'origin-cors', dependencies: ['origin-gate'] })

/** Credentials, always: SockJS clients send them, and the list names whom they are sent for. */
function allow (reply: FastifyReply, origin: string, exposed: string): void {
  reply.header('access-control-allow-origin', origin)
  reply.header('access-control-allow-credentials', 'true')
  if (exposed !== '') reply.header('access-control-expose-headers', exposed)
}

/* c8 ignore start: it stands in for a change that would break this */
/** The gate lets no other OPTIONS than preflights pass, and `@fastify/cors` answers these in its hook. */
function unreachable (): never {
  throw new Error('a preflight was not answered')
}
/* c8 ignore stop */

async function answerPreflights (app: FastifyInstance, exposedHeaders: readonly string[]): Promise<void> {
  await app.register(cors, {
    delegator: (request: FastifyRequest, done: (error: null, options: FastifyCorsOptions) => void) => {
      const decision = request.originDecision
      const sockjs = request.routeOptions.config.sockjs === true
      done(null, {
        origin: 'origin' in decision ? decision.origin : false,
        credentials: true,
        methods: METHODS,
        preflight: isPreflight(request), // other OPTIONS are the routes' business
        maxAge: sockjs ? SOCKJS_PREFLIGHT_MAX_AGE_S : PREFLIGHT_MAX_AGE_S,
        ...(sockjs && { cacheControl: preflightCacheHeaders(new Date())['cache-control'] }),
        ...(exposedHeaders.length > 0 && { exposedHeaders: [...exposedHeaders] })
      })
    }
  })
  app.addHook('onSend', async (request, reply) => {
    // @fastify/cors has no option for Expires, which the SockJS protocol wants beside Cache-Control.
    if (isPreflight(request) && request.routeOptions.config.sockjs === true) {
      reply.header('expires', preflightCacheHeaders(new Date()).expires)
    }
  })
}
