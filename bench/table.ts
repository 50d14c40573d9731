import { describeBar, type JudgedBar } from './bar.js'
import type { FigureResult } from './results.js'

const digits = (value: number): string => value.toFixed(value < 10 ? 2 : 1)

/**
 * A figure as a table for a terminal: a row a series, columns for its ratio to nginx, if that was
 * measured.
 */
export function figureTable (figure: FigureResult): string {
  const rows = Object.entries(figure.series).map(([name, { min, median, max, ratios, samples }]) => [
    name, digits(median), `${digits(min)}-${digits(max)}`, String(samples.length),
    ratios.nginx === undefined ? '' : digits(ratios.nginx.ofMedians),
    ratios.nginx === undefined ? '' : digits(ratios.nginx.ofRounds)
  ])
  const table = [['', `median ${figure.unit}`, 'min-max', 'rounds', 'x nginx', 'by round'], ...rows]
  return [figure.title, ...align(table), ...figure.bars.map(bar => barLine(bar, figure.unit))].join('\n')
}

function barLine (bar: JudgedBar, unit: string): string {
  const value = bar.value === undefined ? '' : `: ${digits(bar.value)}`
  return `  bar ${describeBar(bar, unit)}${value}: ${bar.verdict}`
}

/** The first column to the left, numbers to the right. */
function align (table: readonly string[][]): string[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map(row => (row[column] ?? '').length)))
  return table.map(row => '  ' + row.map((cell, column) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)).join('  ').trimEnd())
}
