/** How samples are spread, in their own unit; NaN when there are none. */
export interface Percentiles { readonly p50: number, readonly p99: number, readonly max: number }

/** By the nearest rank: each is a sample that was taken. */
export function percentiles (samples: Float64Array): Percentiles {
  const sorted = samples.toSorted()
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? NaN
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}
