import fp from 'fastify-plugin'
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import cors from '../plugins/cors.js'
import originGatePlugin from '../plugins/origin-gate.js'
import { listMembers } from './http/headers.js'
import { compileAllowList } from './origin/allow-list.js'
import { isPreflight, mergeVary } from './origin/cors.js'
import { compileOwnOrigins, createGate, type MissingOnUpgrade } from './origin/decide.js'
import type { OriginPolicy } from './origin/policy.js'
import { closeGently } from './proxy/connection.js'

/** The gate of Gatehouse for a Fastify app of one's own. */
export interface OriginGateOptions {
  /** Allow-list entries, or any policy: a LivePolicy, or code of one's own. */
  readonly policy: OriginPolicy | readonly string[]
  /** The app's own origins as browsers see them; exact ones. */
  readonly publicOrigins?: readonly string[]
  /** What happens to a WebSocket upgrade without Origin, as native clients send it; `allow` when left out. */
  readonly missingOriginOnUpgrade?: MissingOnUpgrade
  /** Response headers that allowed pages may read. */
  readonly exposedHeaders?: readonly string[]
}

/**
 * One gate for plain HTTP, preflight and WebSocket upgrade, and CORS headers by its decision alone, in any
 * Fastify 5 app: also with `@fastify/websocket`, or `@fastify/http-proxy` and `websocket: true`, whose
 * upgrades pass the same hooks. Register it before the routes. A route with `config: { sockjs: true }` also
 * refuses what has no Origin and comes from another site by Sec-Fetch-Site. What a handler or a proxied
 * service says in Access-Control-* is replaced.
 * @throws AllowListError that lists every refused entry
 */
export const originGate = fp<OriginGateOptions>(async function gatehouseOriginGate (app, options) {
  refuseUnknown(options)
  const policy = toPolicy(options.policy, app.log)
  const own = compileOwnOrigins(options.publicOrigins ?? []).allowList
  app.server.maxHeadersCount = 0 // Node would drop lines past the count silently, an Origin among them
  const { exposedHeaders = [], missingOriginOnUpgrade: missingOnUpgrade = 'allow' } = options
  await app.register(originGatePlugin, {
    decide: createGate({ policy, own, missingOnUpgrade, listName: 'the policy of this app' }),
    isUpgrade,
    isSockjs: request => request.routeOptions.config.sockjs === true,
    loggedPath: request => String(request.routeOptions.url),
    answersOptions: false
  })
  await app.register(cors, { exposedHeaders })
  app.addHook('onSend', async (request, reply) => { settleHeaders(request, reply, exposedHeaders) })
}, { name: 'gatehouse-origin-gate', fastify: '5.x' })

const OPTIONS = ['policy', 'publicOrigins', 'missingOriginOnUpgrade', 'exposedHeaders']

/** Plain JavaScript has no types to tell a slip. */
function refuseUnknown (options: object): void {
  const unknown = Object.keys(options).filter(name => !OPTIONS.includes(name))
  if (unknown.length === 0) return
  throw new TypeError(`originGate has no option ${unknown.join(', ')}: it takes ${OPTIONS.join(', ')}`)
}

function toPolicy (policy: OriginGateOptions['policy'] | undefined, log: FastifyBaseLogger): OriginPolicy {
  if (Array.isArray(policy)) {
    const { allowList, warnings } = compileAllowList(policy)
    for (const { entry, messages } of warnings) log.warn({ entry, doubts: messages }, 'origin entry is doubtful')
    return allowList
  }
  const given = policy as Partial<OriginPolicy> | null | undefined
  if (typeof given === 'object' && typeof given?.match === 'function') return given as OriginPolicy
  throw new TypeError('originGate: policy must be an array of allow-list entries, or an object with a match function')
}

function isUpgrade ({ raw }: FastifyRequest): boolean {
  return listMembers(raw.rawHeaders, 'upgrade').includes('websocket')
}

/**
 * What the gate says stands in the answer, and nothing else: proxies copy the service's CORS headers and Vary
 * over it. A refused upgrade has nobody else who ends its socket.
 */
function settleHeaders (request: FastifyRequest, reply: FastifyReply, exposed: readonly string[]): void {
  const decision = request.originDecision as FastifyRequest['originDecision'] | undefined
  const origin = decision !== undefined && 'origin' in decision ? decision.origin : undefined
  // A preflight was answered by `@fastify/cors` already, from the same decision.
  if (origin === undefined || !isPreflight(request)) {
    for (const name of Object.keys(reply.getHeaders())) {
      if (name.startsWith('access-control-')) reply.removeHeader(name)
    }
    if (origin !== undefined) reply.headers(corsHeaders(origin, exposed))
  }
  reply.header('vary', mergeVary('Origin', [reply.getHeader('vary') ?? []].flat().map(String)))
  if (decision !== undefined || !isUpgrade(request)) return
  reply.header('connection', 'close')
  reply.raw.once('finish', () => closeGently(request.raw.socket))
}

function corsHeaders (origin: string, exposed: readonly string[]): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    ...(exposed.length > 0 && { 'access-control-expose-headers': exposed.join(', ') })
  }
}
