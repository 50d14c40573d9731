import { describeBar, type JudgedBar } from './bar.js'
import type { FigureResult, Results } from './results.js'

/** What stands between these lines of docs/performance.md is made from the results, and by nobody else. */
const BEGIN = '<!-- figures: made by npm run bench -->'
const END = '<!-- end of figures -->'

/** The page with its figures replaced by those of `results`; without any, it says so. */
export function withFigures (page: string, results: Results | undefined): string {
  const [before, rest = ''] = split(page, BEGIN)
  const [, after] = split(rest, END)
  const figures = results === undefined ? 'There are no figures yet: `npm run bench` makes them.' : render(results)
  return `${before}${BEGIN}\n${figures}\n${END}${after}`
}

function split (text: string, line: string): string[] {
  const parts = text.split(line)
  if (parts.length !== 2) throw new Error(`the page needs the line "${line}" exactly once`)
  return parts
}

function render ({ date, command, rounds, machine, peers, figures }: Results): string {
  const versions = Object.entries(peers)
    .map(([name, version]) => version === null ? `${name} was not there` : `${name} ${version}`)
  const bars = figures.flatMap(figure => figure.bars.map(bar => barRow(figure, bar)))
  return [
    `Measured on ${date.slice(0, 10)} by \`${command}\`, ${rounds} rounds, on ${machine.cpu}, ${machine.cores} cores, ` +
      `${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}. Peers: ${versions.join(', ')}.`,
    '',
    '### Bars',
    '',
    '| What | Bar | Measured | |',
    '|---|---|---|---|',
    ...bars,
    '',
    '### All figures',
    '',
    'Median of the rounds, smallest and largest in brackets, and the ratio to nginx.',
    ...figures.flatMap(figure => ['', ...figureTable(figure)])
  ].join('\n')
}

function barRow ({ title, unit }: FigureResult, bar: JudgedBar): string {
  const value = bar.value === undefined ? '' : short(bar.value)
  const verdict = bar.verdict === 'not met' ? `**not met**${excess(bar)}` : bar.verdict
  return row([bar.of === undefined ? title : `${title} (${bar.of})`, describeBar(bar, unit), value, verdict])
}

/** By how much not. */
function excess ({ value, atMost, atLeast }: JudgedBar): string {
  const limit = atMost ?? atLeast
  if (value === undefined || limit === undefined) return ''
  const percent = Math.abs((value - limit) / limit * 100)
  return ` (by ${percent.toFixed(percent < 1 ? 1 : 0)} %)`
}

function figureTable ({ title, unit, series }: FigureResult): string[] {
  const rows = Object.entries(series).map(([name, { median, min, max, ratios }]) =>
    row([name, `${short(median)} (${short(min)}-${short(max)})`, ratios.nginx ? short(ratios.nginx.ofMedians) : '']))
  return [row([title, unit, 'x nginx']), '|---|---|---|', ...rows]
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

function short (value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0)
}
