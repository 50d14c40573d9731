import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageRoot } from '../src/version.js'
import { chartOf } from './chart.js'
import { withFigures } from './performance-page.js'
import { runToEnd } from './process.js'
import type { Results } from './results.js'

/** Where results go; what is left out is not written. */
export interface Destination {
  /** a directory, made if need be: latest.json */
  readonly out: string | undefined
  /** an SVG file */
  readonly chart: string | undefined
  /** a page whose figures are replaced; it has to be there */
  readonly page: string | undefined
}

/** What a whole run writes unless told otherwise: the files that README and docs show. */
export const COMMITTED: Destination = {
  out: join(packageRoot(), 'bench', 'results'),
  chart: join(packageRoot(), 'docs', 'performance.svg'),
  page: join(packageRoot(), 'docs', 'performance.md')
}

/**
 * Writes the results as JSON, into the page and as a chart; that shows what is compared with nginx, the first
 * figure of each scenario.
 * @param directory for the chart on its way to the program that draws it
 */
export async function writeResults (
  results: Results, { out, chart, page }: Destination, directory: string
): Promise<void> {
  if (out !== undefined) {
    mkdirSync(out, { recursive: true })
    writeFileSync(join(out, 'latest.json'), `${JSON.stringify(results, null, 2)}\n`)
  }
  if (page !== undefined) writeFileSync(page, withFigures(readFileSync(page, 'utf8'), results))
  const figures = results.figures.filter(({ scenario, series }, index, all) =>
    scenario !== all[index - 1]?.scenario && series.nginx !== undefined)
  if (chart === undefined || figures.length === 0) return
  mkdirSync(dirname(chart), { recursive: true })
  const input = join(directory, 'chart.json')
  writeFileSync(input, JSON.stringify(chartOf({ ...results, figures })))
  await runToEnd({
    name: 'chart',
    command: process.execPath,
    args: [join(packageRoot(), 'bench', 'programs', 'render-chart.js'), input, chart]
  })
}
