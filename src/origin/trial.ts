import type { DecideOrigin, OriginDecision, OriginQuestion } from './decide.js'
import { createOriginRanking, type RankedOrigin } from './origin-ranking.js'

/** One decision that the candidate would have made differently. */
export interface TrialDifference {
  readonly origin: string
  readonly would: 'allow' | 'refuse'
  /** The candidate's entry that would let it in. */
  readonly entry?: string
}

/** The candidate could not say what it would do: it is broken, and its error is for the log. */
export interface TrialFailure { readonly origin: string, readonly cause: Error }

/** What a trial counted so far. `differing` are the origins it concerns, most frequent first. */
export interface TrialCounts {
  readonly same: number
  readonly wouldAllow: number
  readonly wouldRefuse: number
  /** Decisions at which the candidate crashed; they differ from nothing. */
  readonly failed: number
  readonly differing: readonly RankedOrigin[]
}

/** A second policy that decides nothing: it is asked beside the one that is enforced. */
export interface Trial {
  /**
   * Compares one decision. Returns the difference when this origin is met with it for the first time, and
   * every failure.
   */
  observe (
    question: OriginQuestion, enforced: OriginDecision, at: number
  ): TrialDifference | TrialFailure | undefined
  counts (limit: number): TrialCounts
}

/** Keeps at most `size` of the origins that differ. Questions without an Origin are not counted. */
export function createTrial (decide: DecideOrigin, size: number): Trial {
  const differing = { allow: createOriginRanking(size), refuse: createOriginRanking(size) }
  const counts = { same: 0, allow: 0, refuse: 0, failed: 0 }
  return {
    observe: (question, enforced, at) => {
      const [origin] = question.origins
      if (origin === undefined) return undefined
      const candidate = decide(question)
      if (!candidate.allowed && candidate.cause !== undefined) {
        counts.failed++
        return { origin, cause: candidate.cause }
      }
      if (candidate.allowed === enforced.allowed) {
        counts.same++
        return undefined
      }
      const would = candidate.allowed ? 'allow' : 'refuse'
      counts[would]++
      if (!differing[would].record(origin, `would-${would}`, at)) return undefined
      return { origin, would, ...('entry' in candidate && { entry: candidate.entry }) }
    },
    counts: limit => ({
      same: counts.same,
      wouldAllow: counts.allow,
      wouldRefuse: counts.refuse,
      failed: counts.failed,
      differing: [...differing.allow.top(limit), ...differing.refuse.top(limit)]
        .sort((a, b) => b.count - a.count).slice(0, limit)
    })
  }
}
