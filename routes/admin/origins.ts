import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { setImmediate } from 'node:timers/promises'
import { explainInSlices } from '../../src/origin/explain.js'
import { pageEntries } from '../../src/origin/page-entries.js'
import { runInSlices } from '../../src/origin/steps.js'
import { explanation, originsPage, rankedOrigin, reloaded, trialCounts } from './origins-schema.js'

/** Optional to a client, never missing to a handler: the validator fills defaults in. */
const withDefault = (range: { minimum: number, maximum?: number, default: number }, description: string) =>
  Type.Optional(Type.Integer({ ...range, description }))

const listQuery = Type.Object({
  limit: withDefault({ minimum: 1, maximum: 10_000, default: 1_000 }, 'Entries at most'),
  offset: withDefault({ minimum: 0, default: 0 }, 'Entries that are left out before the first')
})
const rankedQuery = Type.Object({
  limit: withDefault({ minimum: 1, maximum: 1_000, default: 100 }, 'Origins at most')
})
const explainQuery = Type.Object({
  origin: Type.String({ minLength: 1, maxLength: 2_048, description: 'What a page sends as Origin' }),
  host: Type.Optional(Type.String({ maxLength: 256, description: 'Host of the request, for policies that look at it' }))
})

interface Page { readonly limit: number, readonly offset: number }

/** Requests go between the slices of what takes long. */
const pause = async (): Promise<void> => { await setImmediate() }

const tags = ['origins']

/**
 * The allow-list as it is enforced now: where it comes from, why an origin is let in or not, who was refused,
 * what a candidate would change; and the order to read the sources again.
 */
export default async function origins (
  app: FastifyInstance, { gateway }: { gateway: FastifyInstance }
): Promise<void> {
  const { originPolicy: live, originCounts: counts, originTrial } = gateway

  app.get<{ Querystring: Page }>('/origins', {
    schema: { tags, summary: 'The list that is enforced, and its sources', querystring: listQuery, response: { 200: originsPage } }
  }, async ({ query }) => {
    const page = {
      generation: live.generation,
      total: live.entries().length,
      publicOrigins: gateway.config.publicOrigins,
      sources: describeSources(gateway),
      decisions: { allowed: counts.allowed, refused: counts.refused, revoked: gateway.revokedCount() }
    }
    // The list may change in a pause: all that is told is of the time before.
    return { ...page, entries: await runInSlices(pageEntries(live.verdicts(), query), pause) }
  })

  app.get<{ Querystring: Static<typeof explainQuery> }>('/origins/explain', {
    schema: { tags, summary: 'Why an origin is let in or refused', querystring: explainQuery, response: { 200: explanation } }
  }, async ({ query: { origin, host } }) => {
    const explained = await explainInSlices(origin, {
      decide: question => live.decide({ ...question, host: host ?? '' }),
      verdicts: live.verdicts().flatMap(({ verdicts }) => verdicts),
      pause
    })
    const policies = live.sources().filter(({ holds }) => holds === 'policy').map(({ name }) => name)
    if (explained.allowed || host !== undefined || policies.length === 0) return explained
    return { ...explained, unsure: `${policies.join(', ')} was asked without a Host. Name it with host` }
  })

  app.get<{ Querystring: Pick<Page, 'limit'> }>('/origins/refused', {
    schema: { tags, summary: 'The origins refused most', querystring: rankedQuery, response: { 200: Type.Array(rankedOrigin) } }
  }, async ({ query }) => counts.refusedMost.top(query.limit))

  app.get<{ Querystring: Pick<Page, 'limit'> }>('/origins/trial', {
    schema: { tags, summary: 'What ORIGIN_POLICY_CANDIDATE would decide differently', querystring: rankedQuery, response: { 200: trialCounts } }
  }, async ({ query }) => ({
    configured: originTrial !== undefined,
    ...(originTrial?.trial.counts(query.limit) ?? NO_TRIAL)
  }))

  app.post('/origins/reload', {
    schema: { tags, summary: 'Reads all sources again, and tells what came of it', response: { 200: reloaded } }
  }, async () => {
    const failed = await gateway.reloadOrigins()
    return {
      ok: failed.length === 0,
      generation: live.generation,
      total: live.entries().length,
      sources: describeSources(gateway)
    }
  })
}

const NO_TRIAL = { same: 0, wouldAllow: 0, wouldRefuse: 0, failed: 0, differing: [] }

function describeSources ({ originPolicy, originTrial }: FastifyInstance) {
  const now = Date.now()
  const tell = (candidate: boolean) => (state: ReturnType<typeof originPolicy.sources>[number]) => ({
    ...state,
    candidate,
    ...(state.readAt !== undefined && { ageMs: now - state.readAt })
  })
  const tried = originTrial?.candidate.sources() ?? []
  return [...originPolicy.sources().map(tell(false)), ...tried.map(tell(true))]
}
