import type { ListedEntry } from './origin/page-entries.js'
import type { RankedOrigin } from './origin/origin-ranking.js'
import type { Explanation } from './origin/explain.js'
import type { SourceState } from './origin/source-state.js'
import type { TrialCounts } from './origin/trial.js'

/** One instance as the gateway sees it. */
export interface InstanceState {
  readonly id: string
  readonly available: boolean
  readonly healthy: boolean
  /** Pauses since the last connection that succeeded. */
  readonly failures: number
  /** Tunnels and requests under way. */
  readonly open: number
}

/** What is open, and where it can go. */
export interface UpstreamsState {
  readonly draining: boolean
  readonly tunnels: number
  readonly instances: readonly InstanceState[]
}

/** A source of ORIGIN_POLICY, or of ORIGIN_POLICY_CANDIDATE; `ageMs` since it was last read well. */
export type DescribedSource = SourceState & { readonly candidate: boolean, readonly ageMs?: number }

/** The list that is enforced. `generation` grows with every change, `total` counts different entries. */
export interface ListState {
  readonly generation: number
  readonly total: number
  readonly sources: readonly DescribedSource[]
}

/** What the gate said since the start; `revoked` are the tunnels and streams that a change ended. */
export interface DecisionCounts {
  readonly allowed: number
  readonly refused: Readonly<Partial<Record<string, number>>>
  readonly revoked: number
}

/** A source that keeps what it had, and why. */
export interface FailedSource { readonly source: string, readonly cause: string }

/** What came of a reload. */
export type Reloaded = ListState & { readonly ok: boolean, readonly failed: readonly FailedSource[] }

/**
 * Everything that the admin listener and SIGHUP ask of a gateway, be it one process or many. All of it is
 * plain data, which survives JSON.
 */
export interface GatewayState {
  upstreams (): Promise<UpstreamsState>
  /** A part of the list: at most `limit` entries after the first `offset`. */
  origins (page: { limit: number, offset: number }): Promise<ListState & {
    readonly entries: readonly ListedEntry[], readonly publicOrigins: readonly string[]
  }>
  decisions (): Promise<DecisionCounts>
  /** Why an origin is let in or not; `unsure` says why a refusal may not be the one of a request. */
  explain (question: { origin: string, host?: string }): Promise<Explanation & { unsure?: string }>
  /** The origins refused most, at most `limit`. */
  refused (limit: number): Promise<readonly RankedOrigin[]>
  /** What the candidate would decide differently; `differing` holds at most `limit`. */
  trial (limit: number): Promise<TrialCounts & { readonly configured: boolean }>
  /** Reads all sources again, the candidate's too, and resolves once what they tell is enforced. */
  reload (): Promise<Reloaded>
}
