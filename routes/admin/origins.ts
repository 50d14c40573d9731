import { Type, type Static } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { GatewayState } from '../../src/gateway-state.js'
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

const tags = ['origins']

/**
 * The allow-list as it is enforced now: where it comes from, why an origin is let in or not, who was refused,
 * what a candidate would change; and the order to read the sources again.
 */
export default async function origins (
  app: FastifyInstance, { state }: { state: GatewayState }
): Promise<void> {
  app.get<{ Querystring: Page }>('/origins', {
    schema: { tags, summary: 'The list that is enforced, and its sources', querystring: listQuery, response: { 200: originsPage } }
  }, async ({ query }) => {
    const [page, decisions] = await Promise.all([state.origins(query), state.decisions()])
    return { ...page, decisions }
  })

  app.get<{ Querystring: Static<typeof explainQuery> }>('/origins/explain', {
    schema: { tags, summary: 'Why an origin is let in or refused', querystring: explainQuery, response: { 200: explanation } }
  }, async ({ query }) => await state.explain(query))

  app.get<{ Querystring: Pick<Page, 'limit'> }>('/origins/refused', {
    schema: { tags, summary: 'The origins refused most', querystring: rankedQuery, response: { 200: Type.Array(rankedOrigin) } }
  }, async ({ query }) => await state.refused(query.limit))

  app.get<{ Querystring: Pick<Page, 'limit'> }>('/origins/trial', {
    schema: { tags, summary: 'What ORIGIN_POLICY_CANDIDATE would decide differently', querystring: rankedQuery, response: { 200: trialCounts } }
  }, async ({ query }) => await state.trial(query.limit))

  app.post('/origins/reload', {
    schema: { tags, summary: 'Reads all sources again, and tells what came of it', response: { 200: reloaded } }
  }, async () => await state.reload())
}
