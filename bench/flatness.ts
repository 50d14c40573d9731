/** The rule of the soak, and what it was held against. All in the samples' unit. */
export interface Flatness {
  /** What a straight line through the second half gains from its first to its last sample (least squares). */
  readonly drift: number
  /** Mean of the last tenth less the mean of the fourth tenth. */
  readonly growth: number
  readonly isFlat: boolean
}

/** Fewer samples say nothing. */
const MIN_SAMPLES = 20

/**
 * Whether evenly spaced samples stay level after warm-up, which the first three tenths are: neither `drift`
 * nor `growth` is above `tolerance`. To shrink is fine.
 * @throws RangeError when there are fewer than 20 samples
 */
export function flatness (samples: readonly number[], tolerance: number): Flatness {
  if (samples.length < MIN_SAMPLES) throw new RangeError(`${samples.length} samples are too few to be called flat`)
  const drift = driftOf(samples.slice(Math.floor(samples.length / 2)))
  const growth = mean(tenth(samples, 9)) - mean(tenth(samples, 3))
  return { drift, growth, isFlat: drift <= tolerance && growth <= tolerance }
}

function driftOf (samples: readonly number[]): number {
  const middle = (samples.length - 1) / 2
  const level = mean(samples)
  const covariance = samples.reduce((sum, sample, index) => sum + (index - middle) * (sample - level), 0)
  const variance = samples.reduce((sum, _sample, index) => sum + (index - middle) ** 2, 0)
  return covariance / variance * (samples.length - 1)
}

const tenth = (samples: readonly number[], index: number): readonly number[] =>
  samples.slice(Math.floor(samples.length * index / 10), Math.floor(samples.length * (index + 1) / 10))

const mean = (samples: readonly number[]): number =>
  samples.reduce((sum, sample) => sum + sample, 0) / samples.length
