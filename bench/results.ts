import { judgeBar, type JudgedBar } from './bar.js'
import type { Machine } from './machine.js'
import type { Figure, Measured, Scenario } from './scenario.js'
import { ratiosOf, summarize, type Ratio, type Samples, type Summary } from './statistics.js'

/** One series of a figure. */
export interface SeriesResult extends Summary {
  readonly samples: Samples
  /** to each other series */
  readonly ratios: Readonly<Record<string, Ratio>>
}

/** One figure of one scenario. */
export interface FigureResult {
  readonly scenario: string
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly series: Readonly<Record<string, SeriesResult>>
  readonly bars: readonly JudgedBar[]
}

/** A whole run, as the JSON file holds it. */
export interface Results {
  /** ISO 8601, at the start */
  readonly date: string
  readonly command: string
  readonly rounds: number
  readonly machine: Machine
  /** by name; null: not on this machine */
  readonly peers: Readonly<Record<string, string | null>>
  readonly figures: readonly FigureResult[]
}

/** The figures of a scenario from what it measured. A figure that it did not measure is left out. */
export function figuresOf (scenario: Scenario, measured: Measured): FigureResult[] {
  return scenario.figures.flatMap(figure => {
    const series = measured[figure.name]
    return series === undefined ? [] : [figureOf(scenario, figure, series)]
  })
}

function figureOf (scenario: Scenario, figure: Figure, series: Record<string, Samples>): FigureResult {
  const ratios = ratiosOf(series)
  return {
    scenario: scenario.name,
    name: figure.name,
    title: `${scenario.title}: ${figure.title}`,
    unit: figure.unit,
    series: Object.fromEntries(Object.entries(series).map(([name, samples]) =>
      [name, { samples, ...summarize(samples), ratios: ratios[name] ?? {} }])),
    bars: figure.bars.map(bar => judgeBar(bar, series))
  }
}
