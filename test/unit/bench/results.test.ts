import t from 'tap'
import { chartOf } from '../../../bench/chart.js'
import { figuresOf, type Results } from '../../../bench/results.js'
import type { Scenario } from '../../../bench/scenario.js'
import { figureTable } from '../../../bench/table.js'

const scenario: Scenario = {
  name: 'echo',
  group: 'ws',
  title: 'tunnel, echo',
  figures: [
    { name: 'cpu', title: 'CPU per message', unit: 'µs', bars: [{ against: 'nginx', atMost: 1.25 }] },
    { name: 'p99', title: 'latency', unit: 'ms', bars: [] }
  ],
  run: async () => ({})
}
const figures = figuresOf(scenario, { cpu: { gatehouse: [30, 36, 33], nginx: [30, 29, 31] } })
const results: Results = {
  date: '2026-01-02T03:04:05.000Z',
  command: 'node dist/bench/run.js',
  rounds: 3,
  machine: { cpu: 'a CPU', cores: 2, memoryGiB: 8, kernel: '6.1', node: 'v20.20.2' },
  peers: { gatehouse: '0.1.0', nginx: '1.22.1', haproxy: null },
  figures
}

t.test('a figure holds its samples, their summary, their ratios and its bars', async t => {
  t.equal(figures.length, 1, 'what was not measured is left out')
  t.match(figures[0], {
    scenario: 'echo',
    name: 'cpu',
    title: 'tunnel, echo: CPU per message',
    unit: 'µs',
    series: {
      gatehouse: {
        samples: [30, 36, 33], min: 30, median: 33, max: 36, ratios: { nginx: { ofMedians: 1.1 } }
      },
      nginx: { samples: [30, 29, 31], min: 29, median: 30, max: 31 }
    },
    bars: [{ against: 'nginx', atMost: 1.25, value: 1.1, verdict: /^met$/ }]
  })
})

t.test('results survive being written as JSON', async t => {
  t.same(JSON.parse(JSON.stringify(results)), results)
})

t.test('the table has a row for each series, and a line for each bar', async t => {
  t.same(figureTable(figures[0]!).split('\n'), [
    'tunnel, echo: CPU per message',
    '             median µs    min-max  rounds  x nginx  by round',
    '  gatehouse       33.0  30.0-36.0       3     1.10      1.06',
    '  nginx           30.0  29.0-31.0       3',
    '  bar at most 1.25 x nginx: 1.10: met'
  ])
})

t.test('the chart has bars for each series of each figure, and says where and when', async t => {
  const { option, height } = chartOf({ ...results, figures: [...figures, ...figures] })
  t.match(option, {
    title: [
      { text: 'tunnel, echo: CPU per message (µs)' },
      {},
      { text: /medians of 3 rounds.*a CPU, 2 cores.*v20\.20\.2 · 2026-01-02/ }
    ],
    yAxis: [{ data: ['gatehouse', 'nginx'], gridIndex: 0 }, { gridIndex: 1 }],
    series: [{
      type: 'bar',
      data: [{ value: 33, label: { formatter: '33.0 (30.0-36.0)  1.10 x nginx' } }, { value: 30 }]
    }, {}]
  })
  const { grid } = option as { grid: Array<{ top: number, height: number }> }
  t.ok(grid[0]!.top + grid[0]!.height < grid[1]!.top, 'figures do not overlap')
  t.ok(grid[1]!.top + grid[1]!.height < height, 'nor does the last one leave the picture')
  t.same(JSON.parse(JSON.stringify(option)), option, 'it can be handed to another process')
})
