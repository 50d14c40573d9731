/** `gatehouse/origin`: parse, compile, decide and explain origins. Pure: no Fastify, no sockets, no clock. */
export { AllowListError, compileAllowList, type AllowList } from './allow-list.js'
export {
  createDecideOrigin, createGate, compileOwnOrigins,
  type DecideOrigin, type Door, type MissingOnUpgrade, type OriginDecision, type OriginQuestion
} from './decide.js'
export { lintEntry, splitEntries, type EntryVerdict } from './entry.js'
export { explain, type Explanation } from './explain.js'
export { LivePolicy, type LivePolicyOptions } from './live-policy.js'
export { parseOrigin, type Origin, type ParsedOrigin } from './origin.js'
export type {
  OriginContext, OriginPolicy, OriginPolicyFactory, OriginPolicyTools, OriginSink, OriginSource, SourceContent
} from './policy.js'
export type { RefusalReason } from './refusal.js'
export type { PolicyEvent, SourceState } from './source-state.js'
