import type { DecisionCounts, FailedSource, InstanceState, UpstreamsState } from '../gateway-state.js'
import type { RankedOrigin } from '../origin/origin-ranking.js'

/** What several workers say of the same instances: counts are sums, and what one finds available is so. */
export function mergeUpstreams (states: readonly UpstreamsState[]): UpstreamsState {
  const instances = new Map<string, InstanceState>()
  for (const instance of states.flatMap(state => state.instances)) {
    const known = instances.get(instance.id)
    instances.set(instance.id, known === undefined ? instance : mergeInstance(known, instance))
  }
  return {
    draining: states.some(({ draining }) => draining),
    tunnels: sum(states.map(({ tunnels }) => tunnels)),
    instances: [...instances.values()]
  }
}

function mergeInstance (one: InstanceState, other: InstanceState): InstanceState {
  return {
    id: one.id,
    available: one.available || other.available,
    healthy: one.healthy || other.healthy,
    failures: Math.max(one.failures, other.failures),
    open: one.open + other.open
  }
}

/** The sums, and for each reason the sum. */
export function mergeDecisions (counts: readonly DecisionCounts[]): DecisionCounts {
  const refused = new Map<string, number>()
  for (const [reason, count = 0] of counts.flatMap(each => Object.entries(each.refused))) {
    refused.set(reason, (refused.get(reason) ?? 0) + count)
  }
  return {
    allowed: sum(counts.map(({ allowed }) => allowed)),
    refused: Object.fromEntries(refused),
    revoked: sum(counts.map(({ revoked }) => revoked))
  }
}

/**
 * One ranking of several, the most frequent first, at most `limit`. A ranking of `size` origins is full: one
 * that is missing there may have been met as often as its last, so that is added to count and overcount
 * (Agarwal et al. 2012, Mergeable Summaries).
 * @param keyOf rows with the same key are one row
 */
export function mergeRankings (
  rankings: ReadonlyArray<readonly RankedOrigin[]>,
  { size, limit, keyOf }: { size: number, limit: number, keyOf: (row: RankedOrigin) => string }
): RankedOrigin[] {
  const floors = rankings
    .map(ranking => ranking.length < size ? 0 : Math.min(...ranking.map(({ count }) => count)))
  const most = sum(floors)
  const merged = new Map<string, RankedOrigin>()
  for (const [index, ranking] of rankings.entries()) {
    const floor = floors[index] as number
    for (const row of ranking) {
      const { count, overcount, reason, lastSeenAt } = merged.get(keyOf(row)) ??
        { count: most, overcount: most, reason: row.reason, lastSeenAt: 0 }
      const isNewer = row.lastSeenAt > lastSeenAt
      merged.set(keyOf(row), {
        origin: row.origin,
        reason: isNewer ? row.reason : reason,
        count: count + row.count - floor,
        overcount: overcount + row.overcount - floor,
        lastSeenAt: isNewer ? row.lastSeenAt : lastSeenAt
      })
    }
  }
  return [...merged.values()].sort((a, b) => b.count - a.count).slice(0, limit)
}

/** Every failure once, however many tell it. */
export function mergeFailures (failed: readonly FailedSource[]): FailedSource[] {
  return [...new Map(failed.map(each => [JSON.stringify([each.source, each.cause]), each])).values()]
}

/** The sum; 0 of none. */
export function sum (numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
