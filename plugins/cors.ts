import fp from 'fastify-plugin'
import cors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyRequest } from 'fastify'
import { isPreflight, SOCKJS_PREFLIGHT_MAX_AGE_S, preflightCacheHeaders } from '../src/origin/cors.js'

/** What pages may use beyond the defaults. */
export interface CorsOptions {
  /** Response headers that allowed pages may read. */
  readonly exposedHeaders: readonly string[]
}

/** Browsers keep other preflights for two hours at most (Chromium); ten minutes is enough. */
const PREFLIGHT_MAX_AGE_S = 600

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * CORS headers and preflight answers by `@fastify/cors`, for those the gate let in. What stands in them is
 * the gate's decision and nothing else.
 */
export default fp<CorsOptions>(async function corsHeaders (app, { exposedHeaders }) {
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
}, { name: 'origin-cors', dependencies: ['origin-gate'] })
