import type { FigureResult, Results } from './results.js'

const WIDTH = 900
const BAR_HEIGHT = 26
const TITLE_HEIGHT = 34
const GAP = 30
const FOOT_HEIGHT = 40
const OURS = '#d9480f'
const THEIRS = '#8896a5'
const TEXT = '#24292f'

/** A chart as echarts takes it: what it shows, and how large it is, in pixels. */
export interface Chart {
  readonly width: number
  readonly height: number
  readonly option: object
}

/** Each figure as bars of its own, a bar a series; a line at the foot says on what machine, and when. */
export function chartOf ({ figures, machine, date, rounds }: Results): Chart {
  const heights = figures.map(({ series }) => Object.keys(series).length * BAR_HEIGHT)
  const tops = heights.map((_, index) => heights.slice(0, index)
    .reduce((sum, height) => sum + height + TITLE_HEIGHT + GAP, TITLE_HEIGHT + GAP / 2))
  const height = (tops.at(-1) ?? 0) + (heights.at(-1) ?? 0) + FOOT_HEIGHT + GAP
  const foot = `medians of ${rounds} rounds, least and most in brackets · ${machine.cpu}, ${machine.cores} cores, ` +
    `Linux ${machine.kernel}, Node ${machine.node} · ${date.slice(0, 10)}`
  return {
    width: WIDTH,
    height,
    option: {
      animation: false,
      backgroundColor: '#ffffff',
      title: [
        ...figures.map((figure, index) => ({
          text: `${figure.title} (${figure.unit})`,
          left: 20,
          top: (tops[index] ?? 0) - TITLE_HEIGHT + 4,
          textStyle: { fontSize: 14, color: TEXT }
        })),
        { text: foot, left: 20, top: height - FOOT_HEIGHT, textStyle: { fontSize: 11, fontWeight: 'normal', color: TEXT } }
      ],
      grid: figures.map((_, index) => ({ left: 170, right: 260, top: tops[index], height: heights[index] })),
      xAxis: figures.map((_, index) => ({ type: 'value', show: false, gridIndex: index })),
      yAxis: figures.map(({ series }, index) => ({
        type: 'category',
        gridIndex: index,
        inverse: true,
        data: Object.keys(series),
        axisTick: { show: false },
        axisLabel: { color: TEXT }
      })),
      series: figures.map((figure, index) => ({
        type: 'bar', xAxisIndex: index, yAxisIndex: index, barWidth: BAR_HEIGHT - 8, data: barsOf(figure)
      }))
    }
  }
}

function barsOf ({ series }: FigureResult): object[] {
  return Object.entries(series).map(([name, { median, min, max, ratios }]) => ({
    value: median,
    itemStyle: { color: name.startsWith('gatehouse') ? OURS : THEIRS },
    label: {
      show: true,
      position: 'right',
      color: TEXT,
      formatter: `${short(median)} (${short(min)}-${short(max)})` +
        (ratios.nginx === undefined ? '' : `  ${ratios.nginx.ofMedians.toFixed(2)} x nginx`)
    }
  }))
}

const short = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)
