import { ratio, summarize, type Samples } from './statistics.js'

/**
 * What a figure of the gateway has to keep to: a limit of its own, or of its ratio to a peer's in the same
 * run.
 */
export interface Bar {
  /** whose figure; the gateway's when left out */
  readonly of?: string
  /** the series it is divided by */
  readonly against?: string
  readonly atMost?: number
  readonly atLeast?: number
}

/** A bar and what was measured for it. */
export interface JudgedBar extends Bar {
  /** the median, or the ratio of medians; undefined when one of the two was not measured */
  readonly value: number | undefined
  readonly verdict: 'met' | 'not met' | 'not measured'
}

/** Holds a bar against the samples of a figure, by series. */
export function judgeBar (bar: Bar, series: Readonly<Record<string, Samples>>): JudgedBar {
  const own = series[bar.of ?? 'gatehouse']
  const others = bar.against === undefined ? undefined : series[bar.against]
  if (own === undefined || (bar.against !== undefined && others === undefined)) {
    return { ...bar, value: undefined, verdict: 'not measured' }
  }
  const value = others === undefined ? summarize(own).median : ratio(own, others).ofMedians
  const isMet = value <= (bar.atMost ?? Infinity) && value >= (bar.atLeast ?? -Infinity)
  return { ...bar, value, verdict: isMet ? 'met' : 'not met' }
}

/** A bar in words: `at most 4 x nginx`. */
export function describeBar ({ of, against, atMost, atLeast }: Bar, unit: string): string {
  const limit = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`
  return `${of === undefined ? '' : `${of}: `}${limit} ${against === undefined ? unit : `x ${against}`}`
}
