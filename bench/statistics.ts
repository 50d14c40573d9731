/** Samples of one figure: one a round, in the order of the rounds. */
export type Samples = readonly number[]

/** What is told of samples. */
export interface Summary {
  readonly min: number
  readonly median: number
  readonly max: number
}

/** One series beside another. */
export interface Ratio {
  /** the medians' ratio */
  readonly ofMedians: number
  /** the median of each round's ratio: what disturbs both in a round cancels out */
  readonly ofRounds: number
}

/** The middle one, or the mean of the middle two. NaN of none. */
export function median (samples: Samples): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

/** Smallest, middle and largest. */
export function summarize (samples: Samples): Summary {
  return { min: Math.min(...samples), median: median(samples), max: Math.max(...samples) }
}

/** How much larger these are than the others, of the same rounds. */
export function ratio (samples: Samples, others: Samples): Ratio {
  const paired = samples.slice(0, others.length)
  return {
    ofMedians: median(samples) / median(others),
    ofRounds: median(paired.map((sample, round) => sample / (others[round] as number)))
  }
}

/** Each series beside each other one: `ratios[a][b]` is a's ratio to b. */
export function ratiosOf (series: Readonly<Record<string, Samples>>): Record<string, Record<string, Ratio>> {
  const rows = Object.entries(series)
  return Object.fromEntries(rows.map(([name, samples]) => [name, Object.fromEntries(rows
    .filter(([other]) => other !== name)
    .map(([other, others]) => [other, ratio(samples, others)]))]))
}
