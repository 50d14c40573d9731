import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { explainDecision } from '../../src/origin/explain.js'
import { explanation, originsPage, rankedOrigin, reloaded, trialCounts } from './origins-schema.js'

const limit = Type.Integer({ minimum: 1, maximum: 100_000, default: 1_000, description: 'Entries at most' })
const ranked = Type.Integer({ minimum: 1, maximum: 1_000, default: 100, description: 'Origins at most' })
const listQuery = Type.Object({ limit })
const rankedQuery = Type.Object({ limit: ranked })
const explainQuery = Type.Object({
  origin: Type.String({ minLength: 1, maxLength: 2_048, description: 'What a page sends as Origin' }),
  host: Type.Optional(Type.String({ maxLength: 256, description: 'Host of the request, for policies that look at it' }))
})

const tags = ['origins']

/**
 * The allow-list as it is enforced now: where it comes from, why an origin is let in or not, who was refused,
 * what a candidate would change; and the order to read the sources again.
 */
export default async function origins (
  app: FastifyInstance, { gateway }: { gateway: FastifyInstance }
): Promise<void> {
  const { originPolicy: live, originCounts: counts, originTrial } = gateway

  app.get<{ Querystring: Static<typeof listQuery> }>('/origins', {
    schema: { tags, summary: 'The list that is enforced, and its sources', querystring: listQuery, response: { 200: originsPage } }
  }, async ({ query }) => ({
    generation: live.generation,
    total: live.entries().length,
    entries: describeEntries(gateway).slice(0, query.limit),
    publicOrigins: gateway.config.publicOrigins,
    sources: describeSources(gateway),
    decisions: { allowed: counts.allowed, refused: counts.refused, revoked: gateway.revokedCount() }
  }))

  app.get<{ Querystring: Static<typeof explainQuery> }>('/origins/explain', {
    schema: { tags, summary: 'Why an origin is let in or refused', querystring: explainQuery, response: { 200: explanation } }
  }, async ({ query: { origin, host = '' } }) => explainDecision(origin, {
    decide: question => live.decide({ ...question, host }),
    verdicts: live.verdicts().flatMap(({ verdicts }) => verdicts)
  }))

  app.get<{ Querystring: Static<typeof rankedQuery> }>('/origins/refused', {
    schema: { tags, summary: 'The origins refused most', querystring: rankedQuery, response: { 200: Type.Array(rankedOrigin) } }
  }, async ({ query }) => counts.refusedMost.top(query.limit))

  app.get<{ Querystring: Static<typeof rankedQuery> }>('/origins/trial', {
    schema: { tags, summary: 'What ORIGIN_POLICY_CANDIDATE would decide differently', querystring: rankedQuery, response: { 200: trialCounts } }
  }, async ({ query }) => originTrial?.trial.counts(query.limit) ?? NO_TRIAL)

  app.post('/origins/reload', {
    schema: { tags, summary: 'Reads all sources again, and tells what came of it', response: { 200: reloaded } }
  }, async () => {
    await Promise.all([live.reload(), originTrial?.candidate.reload()])
    const sources = describeSources(gateway)
    const ok = sources.every(({ error }) => error === undefined)
    return { ok, generation: live.generation, total: live.entries().length, sources }
  })
}

const NO_TRIAL = { same: 0, wouldAllow: 0, wouldRefuse: 0, differing: [] }

/** Each entry once, with every source that tells it. */
function describeEntries ({ originPolicy }: FastifyInstance) {
  const byEntry = new Map<string, { entry: string, sources: string[], doubts: readonly string[] }>()
  for (const { source, verdicts } of originPolicy.verdicts()) {
    for (const { entry, messages } of verdicts) {
      const known = byEntry.get(entry)
      if (known === undefined) byEntry.set(entry, { entry, sources: [source], doubts: messages })
      else if (!known.sources.includes(source)) known.sources.push(source)
    }
  }
  return [...byEntry.values()]
}

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
