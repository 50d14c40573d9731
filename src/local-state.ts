import type { FastifyInstance } from 'fastify'
import { setImmediate } from 'node:timers/promises'
import type { DescribedSource, GatewayState, ListState } from './gateway-state.js'
import { explainInSlices } from './origin/explain.js'
import { pageEntries } from './origin/page-entries.js'
import type { SourceState } from './origin/source-state.js'
import { runInSlices } from './origin/steps.js'
import { isAvailable } from './upstream/instance.js'

/** Requests go between the slices of what takes long. */
const pause = async (): Promise<void> => { await setImmediate() }

const NO_TRIAL = { same: 0, wouldAllow: 0, wouldRefuse: 0, failed: 0, differing: [] }

/** The state of the gateway that runs in this process. */
export function localState (gateway: FastifyInstance): GatewayState {
  const { originPolicy: live, originCounts: counts, originTrial } = gateway
  return {
    upstreams: async () => describeUpstreams(gateway),
    decisions: async () => ({
      allowed: counts.allowed, refused: counts.refused, revoked: gateway.revokedCount()
    }),
    refused: async limit => counts.refusedMost.top(limit),
    trial: async limit => ({
      configured: originTrial !== undefined,
      ...(originTrial?.trial.counts(limit) ?? NO_TRIAL)
    }),

    async origins (page) {
      // The list may change in a pause: all that is told is of the time before.
      const list = { ...describeList(gateway), publicOrigins: gateway.config.publicOrigins }
      return { ...list, entries: await runInSlices(pageEntries(live.verdicts(), page), pause) }
    },

    async explain ({ origin, host }) {
      const explained = await explainInSlices(origin, {
        decide: question => live.decide({ ...question, host: host ?? '' }),
        verdicts: live.verdicts().flatMap(({ verdicts }) => verdicts),
        pause
      })
      const policies = live.sources().filter(({ holds }) => holds === 'policy').map(({ name }) => name)
      if (explained.allowed || host !== undefined || policies.length === 0) return explained
      return { ...explained, unsure: `${policies.join(', ')} was asked without a Host. Name it with host` }
    },

    async reload () {
      const failed = await gateway.reloadOrigins()
      return { ok: failed.length === 0, failed, ...describeList(gateway) }
    }
  }
}

function describeUpstreams (gateway: FastifyInstance) {
  const now = Date.now()
  return {
    draining: gateway.isDraining(),
    tunnels: gateway.tunnelCount(),
    instances: gateway.pool.instances.map(instance => ({
      id: instance.id,
      available: isAvailable(instance, now),
      healthy: instance.health.up,
      failures: instance.failures,
      open: instance.open
    }))
  }
}

function describeList ({ originPolicy: live, originTrial }: FastifyInstance): ListState {
  const now = Date.now()
  const tell = (candidate: boolean) => (state: Readonly<SourceState>): DescribedSource =>
    ({ ...state, candidate, ...(state.readAt !== undefined && { ageMs: now - state.readAt }) })
  const tried = originTrial?.candidate.sources() ?? []
  return {
    generation: live.generation,
    total: live.entries().length,
    sources: [...live.sources().map(tell(false)), ...tried.map(tell(true))]
  }
}
