import { readFileSync, writeFileSync } from 'node:fs'
import * as echarts from 'echarts'

// node render-chart.js <chart.json> <chart.svg>: draws what bench/chart.ts made.
const [input, output] = process.argv.slice(2)
const { width, height, option } = JSON.parse(readFileSync(input, 'utf8'))
const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height })
chart.setOption(option)
writeFileSync(output, `${chart.renderToSVGString()}\n`)
chart.dispose()
