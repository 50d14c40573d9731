/** One origin and how often something befell it. Times are ms since the epoch. */
export interface RankedOrigin {
  /** What the request's Origin lines said, cut; '' when there was none. */
  readonly origin: string
  /** Why, the last time. */
  reason: string
  /** At most this many times, and at least `count - overcount`. */
  count: number
  /** What it took over from the origin whose place it got. */
  readonly overcount: number
  lastSeenAt: number
}

/** The origins something befalls most often, in bounded memory. */
export interface OriginRanking {
  /** Returns whether the origin is new here. */
  record (origin: string, reason: string, at: number): boolean
  /** The most frequent first, at most `limit` of them. */
  top (limit: number): RankedOrigin[]
}

/**
 * Keeps at most `size` origins, however many are sent: a new one takes place and count of the least frequent
 * (Space-Saving: Metwally, Agrawal, El Abbadi 2005). So whoever was met more than total / size times is
 * in it, also while an attacker makes up origins. The work for one is constant.
 */
export function createOriginRanking (size: number): OriginRanking {
  const byOrigin = new Map<string, RankedOrigin>()
  const byCount = new Map<number, Set<RankedOrigin>>()
  let least = 1

  function rank (ranked: RankedOrigin): void {
    const peers = byCount.get(ranked.count)
    if (peers === undefined) byCount.set(ranked.count, new Set([ranked]))
    else peers.add(ranked)
  }

  function unrank (ranked: RankedOrigin): void {
    const peers = byCount.get(ranked.count) as Set<RankedOrigin>
    peers.delete(ranked)
    if (peers.size > 0) return
    byCount.delete(ranked.count)
    // Whoever leaves the least count goes on with one more, or is replaced by one that does.
    if (ranked.count === least) least++
  }

  /** Takes the oldest of the least frequent out. Returns its count. */
  function evict (): number {
    const [victim] = byCount.get(least) as Set<RankedOrigin>
    const { origin, count } = victim as RankedOrigin
    byOrigin.delete(origin)
    unrank(victim as RankedOrigin)
    return count
  }

  return {
    record: (origin, reason, at) => {
      const known = byOrigin.get(origin)
      if (known !== undefined) {
        unrank(known)
        known.count++
        Object.assign(known, { reason, lastSeenAt: at })
        rank(known)
        return false
      }
      const overcount = byOrigin.size < size ? 0 : evict()
      if (overcount === 0) least = 1
      const ranked = { origin, reason, count: overcount + 1, overcount, lastSeenAt: at }
      byOrigin.set(origin, ranked)
      rank(ranked)
      return true
    },
    top: limit => [...byOrigin.values()].sort((a, b) => b.count - a.count).slice(0, limit)
  }
}
