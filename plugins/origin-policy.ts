import fp from 'fastify-plugin'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { FailedSource } from '../src/gateway-state.js'
import { pathBelow } from '../src/http/target.js'
import type { OriginDecision, OriginQuestion } from '../src/origin/decide.js'
import type { LivePolicy } from '../src/origin/live-policy.js'
import { createOriginRanking, type OriginRanking } from '../src/origin/origin-ranking.js'
import { shownOrigin } from '../src/origin/refusal.js'
import { createTrial, type Trial } from '../src/origin/trial.js'
import { parseSockjsPath } from '../src/sockjs/path.js'
import type { OriginPolicies } from '../src/sources/open-policies.js'

declare module 'fastify' {
  interface FastifyInstance {
    originPolicy: LivePolicy
    /** ORIGIN_POLICY_CANDIDATE: the policy that is tried, and what it would have done. */
    originTrial: OriginTrial | undefined
    originCounts: OriginCounts
    /** Reads all sources again, the candidate's too; returns those that are not as they should be then. */
    reloadOrigins: () => Promise<readonly FailedSource[]>
  }
  interface FastifyRequest {
    /** The generation of the policy that made `originDecision`. */
    originGeneration: number
    /** The Host that decision was made for: of a trusted proxy's X-Forwarded-Host where there is one. */
    originHost: string
  }
}

/** A policy that is tried; `failedAt` is the last generation of it whose failure was logged. */
interface OriginTrial { readonly candidate: LivePolicy, readonly trial: Trial, failedAt: number }

/** What the gate said since the start. */
export interface OriginCounts {
  allowed: number
  /** By reason. */
  readonly refused: Partial<Record<string, number>>
  readonly refusedMost: OriginRanking
}

/** Refused origins and trial differences that are remembered, each. */
const RANKED = 1_000

/** Owns the policy of the gateway: its sources, from start to close, what it decided, and the trial. */
export default fp<OriginPolicies>(async function originPolicy (app, { live, candidate }) {
  app.decorate('originPolicy', live)
  app.decorate('originTrial', candidate && { candidate, trial: createTrial(candidate.decide, RANKED), failedAt: -1 })
  app.decorate('originCounts', { allowed: 0, refused: {}, refusedMost: createOriginRanking(RANKED) })
  app.decorate('reloadOrigins', async () => {
    const policies = candidate === undefined ? [live] : [live, candidate]
    await Promise.all(policies.map(policy => policy.reload()))
    return policies.flatMap(policy => policy.sources())
      .flatMap(({ name, error }) => error === undefined ? [] : [{ source: name, cause: error.message }])
  })
  app.decorateRequest('originGeneration', 0)
  app.decorateRequest('originHost', '')
  app.addHook('onClose', async () => { await Promise.all([live.close(), candidate?.close()]) })
}, { name: 'origin-policy', dependencies: ['config', 'request-guard', 'upgrade'] })

/** What the gate has to know of the gateway: the options of plugins/origin-gate.ts. */
export function gatewayDoors (app: FastifyInstance) {
  return {
    decide: app.originPolicy.decide,
    isUpgrade: (request: FastifyRequest) => request.upgrade !== undefined,
    isSockjs: (request: FastifyRequest) =>
      request.routeOptions.config.sockjs === true && !isForOtherSites(request),
    loggedPath: (request: FastifyRequest) => request.loggedPath(),
    answersOptions: true,
    onDecision: note
  }
}

/**
 * What other sites may ask for without an Origin. A page that the visitor goes to, such as a login form: no
 * other page can read it, and no SockJS transport is one. And iframe pages where they are switched on: their
 * `frame-ancestors` decides in place of Sec-Fetch-Site.
 */
function isForOtherSites ({ server: { config }, raw, target }: FastifyRequest): boolean {
  const opensIframes = config.transports.has('iframe')
  const navigates = isTopLevelNavigation(raw)
  if (!opensIframes && !navigates) return false
  const { kind } = parseSockjsPath(pathBelow(config.STOMP_PREFIX, target.path) ?? '')
  return kind === 'iframe' ? opensIframes : kind === 'other' && navigates
}

/** Fetch Metadata: a document for a tab or window, and not for a frame. */
function isTopLevelNavigation ({ method, headers }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') &&
    headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
}

/** Counts a decision, and what the candidate would have said instead. */
function note (request: FastifyRequest, question: OriginQuestion, decision: OriginDecision): void {
  const { originPolicy, originCounts, originTrial } = request.server
  request.originGeneration = originPolicy.generation
  request.originHost = String(question.host)
  if (decision.allowed) originCounts.allowed++
  else {
    originCounts.refused[decision.reason] = (originCounts.refused[decision.reason] ?? 0) + 1
    originCounts.refusedMost.record(shownOrigin(question.origins), decision.reason, Date.now())
  }
  // A candidate that was never read would refuse everyone.
  if (originTrial === undefined || originTrial.candidate.generation === 0) return
  const found = originTrial.trial.observe(question, decision, Date.now())
  if (found === undefined) return
  if (!('cause' in found)) request.log.info(found, 'candidate would decide differently')
  else if (originTrial.failedAt !== originTrial.candidate.generation) {
    originTrial.failedAt = originTrial.candidate.generation
    request.log.error({ origin: shownOrigin([found.origin]), err: found.cause }, 'candidate policy failed')
  }
}
