/** What the active probes say of one instance. */
export interface Health {
  readonly up: boolean
  /** Consecutive probes that disagree with `up`. */
  readonly streak: number
}

/** Consecutive probes that flip an instance: `rise` passes bring it back, `fall` failures take it out. */
export interface Thresholds {
  readonly rise: number
  readonly fall: number
}

/** The health after one more probe: `rise` or `fall` probes in a row that disagree with `up` flip it. */
export function observe (health: Health, passed: boolean, { rise, fall }: Thresholds): Health {
  if (passed === health.up) return { up: passed, streak: 0 }
  const streak = health.streak + 1
  const needed = passed ? rise : fall
  return streak < needed ? { up: health.up, streak } : { up: passed, streak: 0 }
}
