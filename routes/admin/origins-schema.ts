import { Type } from '@sinclair/typebox'

const time = (description: string) => Type.Optional(Type.Integer({ description: `${description}, ms since the epoch` }))

const source = Type.Object({
  name: Type.String({ description: 'As ORIGIN_POLICY spells it, without credentials' }),
  candidate: Type.Boolean({ description: 'It belongs to ORIGIN_POLICY_CANDIDATE and decides nothing' }),
  holds: Type.Union(['list', 'policy', 'nothing'].map(word => Type.Literal(word)), {
    description: 'What is enforced of it; nothing: it was never read without a fault'
  }),
  entries: Type.Integer({ description: 'Entries that are enforced' }),
  readAt: time('When it was last read without a fault'),
  changedAt: time('When what it says last changed'),
  ageMs: Type.Optional(Type.Integer({ description: 'ms since readAt' })),
  error: Type.Optional(Type.Object({ message: Type.String(), at: Type.Integer() }, {
    description: 'Why it keeps what it had; absent after a good reading'
  })),
  failures: Type.Integer({ description: 'How often it could not be read' }),
  refusals: Type.Integer({ description: 'How many of its changes were refused whole' })
})

/** One row of the rankings. */
export const rankedOrigin = Type.Object({
  origin: Type.String(),
  reason: Type.String(),
  count: Type.Integer({ description: 'At most this many times, and at least count - overcount' }),
  overcount: Type.Integer(),
  lastSeenAt: Type.Integer({ description: 'ms since the epoch' })
})

/** `GET /origins`. */
export const originsPage = Type.Object({
  generation: Type.Integer({ description: 'Grows with every change that is enforced' }),
  total: Type.Integer({ description: 'Different entries' }),
  entries: Type.Array(Type.Object({
    entry: Type.String(),
    sources: Type.Array(Type.String()),
    doubts: Type.Array(Type.String(), { description: 'What the linter remarks on it' })
  })),
  publicOrigins: Type.Array(Type.String()),
  sources: Type.Array(source),
  decisions: Type.Object({
    allowed: Type.Integer(),
    refused: Type.Record(Type.String(), Type.Integer(), { description: 'By reason' }),
    revoked: Type.Integer({ description: 'Tunnels and streams ended because their origin left the list' })
  })
})

const miss = Type.Object({ entry: Type.String(), reason: Type.String() })

/** `GET /origins/explain`: an Explanation of src/origin/explain.ts. */
export const explanation = Type.Object({
  origin: Type.String(),
  allowed: Type.Boolean(),
  reason: Type.String(),
  entry: Type.Optional(Type.String()),
  message: Type.String(),
  meant: Type.Optional(Type.Object({
    origin: Type.String(),
    allowed: Type.Boolean(),
    entry: Type.Optional(Type.String())
  })),
  misses: Type.Array(miss),
  spring: Type.Optional(Type.Object({
    allowed: Type.Boolean(),
    entry: Type.Optional(Type.String()),
    difference: Type.String()
  })),
  unsure: Type.Optional(Type.String({ description: 'Why a refusal may not be the one of a request' }))
})

/** `GET /origins/trial`. */
export const trialCounts = Type.Object({
  configured: Type.Boolean({ description: 'ORIGIN_POLICY_CANDIDATE is set; without it nothing is counted' }),
  same: Type.Integer(),
  wouldAllow: Type.Integer(),
  wouldRefuse: Type.Integer(),
  failed: Type.Integer({ description: 'Decisions at which the candidate crashed; the log has the cause' }),
  differing: Type.Array(rankedOrigin)
})

/** `POST /origins/reload`. */
export const reloaded = Type.Object({
  ok: Type.Boolean({ description: 'Every source was read, and what it tells is enforced' }),
  generation: Type.Integer(),
  total: Type.Integer(),
  sources: Type.Array(source)
})
