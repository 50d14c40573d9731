import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { withFigures } from '../../bench/performance-page.js'
import type { Results } from '../../bench/results.js'
import { scenarios } from '../../bench/scenarios/index.js'

const page = readFileSync('docs/performance.md', 'utf8')
const JSON_FILE = 'bench/results/latest.json'

t.test('docs/performance.md has the figures of the recorded run, and no others', async t => {
  const results = existsSync(JSON_FILE) ? JSON.parse(readFileSync(JSON_FILE, 'utf8')) as Results : undefined
  t.equal(page, withFigures(page, results))
})

t.test('docs/performance.md tells of every scenario, in the order in which they run', async t => {
  const table = page.slice(page.indexOf('| Scenario |')).split('\n\n')[0] ?? ''
  const told = [...table.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, name]) => name)
  t.same(told, scenarios.map(({ name }) => name))
})
