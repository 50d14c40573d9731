import type { Samples } from './statistics.js'

/** What each proxy adds to `direct`, round by round: what disturbs a round is in both. */
export function addedLatency (series: Readonly<Record<string, Samples>>): Record<string, number[]> {
  const { direct = [], ...proxies } = series
  return Object.fromEntries(Object.entries(proxies).map(([name, samples]) =>
    [name, samples.map((sample, round) => sample - (direct[round] ?? NaN))]))
}
