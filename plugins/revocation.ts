import fp from 'fastify-plugin'
import type { FastifyInstance } from 'fastify'
import { shownOrigin } from '../src/origin/refusal.js'
import { createRevocation, endWithinMs, type Held } from '../src/proxy/revocation.js'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Remembers what a request opened until the function returned is called. `end` is called at most once,
     * and later, when the request's origin is no longer allowed.
     */
    holdOpen: (request: FastifyRequest, end: (by: 'revoked') => void) => () => void
    /** How long (ms) what a request opened may take to end once revoked; undefined: it never is. */
    revokeWithinMs: (request: FastifyRequest) => number | undefined
    /** Tunnels and streams that were ended since the start because of their origin. */
    revokedCount: () => number
  }
}

/**
 * Ends what is open of an origin that is no longer allowed, within ORIGIN_REVOKE_GRACE_MS. Only what the list
 * allowed can be taken back: requests without Origin, and those of the gateway's own origins, go on.
 */
export default fp(async function revocation (app) {
  const { revokeGraceMs: graceMs } = app.config
  let count = 0
  app.decorate('revokedCount', () => count)
  app.decorate('revokeWithinMs', ({ originDecision: { reason } }) => {
    return graceMs === undefined || reason !== 'listed' ? undefined : endWithinMs(graceMs)
  })
  if (graceMs === undefined) {
    app.decorate('holdOpen', () => release)
    return
  }

  const { hold, check, close } = createRevocation({
    graceMs,
    isAllowed: createJudge(app),
    now: () => performance.now(),
    onRevoked: ({ origin, door, count: ended }) => {
      count += ended
      app.log.info({ origin: shownOrigin([origin]), door, ended }, 'origin revoked')
    }
  })
  app.decorate('holdOpen', (request, end) => {
    const { originDecision: decision, originGeneration, originHost: host, upgrade } = request
    if (decision.reason !== 'listed') return release
    const { origin } = decision
    const released = hold({ origin, host, door: upgrade === undefined ? 'http' : 'upgrade' }, () => end('revoked'))
    // The list has changed since the gate asked it, and the check of that change may be over.
    if (originGeneration !== app.originPolicy.generation) check()
    return released
  })
  const unsubscribe = app.originPolicy.onChange(check)
  app.addHook('onClose', async () => {
    unsubscribe()
    close()
  })
}, { name: 'revocation', dependencies: ['config', 'origin-policy'] })

/** Asks the policy as the gate does. A policy that fails refuses; the log tells so once a change. */
function createJudge ({ originPolicy, log }: FastifyInstance): (held: Held) => boolean {
  let failedAt = -1
  return ({ origin, host, door }) => {
    const decision = originPolicy.decide({ origins: [origin], fetchSites: [], door, sockjs: true, host })
    if (decision.allowed) return true
    if (decision.cause !== undefined && failedAt !== originPolicy.generation) {
      failedAt = originPolicy.generation
      log.error({ origin: shownOrigin([origin]), door, err: decision.cause }, 'origin policy failed')
    }
    return false
  }
}

/** Of what is not held. */
function release (): void {}
