import t from 'tap'
import { withFigures } from '../../../bench/performance-page.js'
import { figuresOf, type Results } from '../../../bench/results.js'

const page = (figures: string) =>
  `# Page\n\n<!-- figures: made by npm run bench -->\n${figures}\n<!-- end of figures -->\nAfter.\n`

const figures = figuresOf({
  name: 'echo',
  group: 'ws',
  title: 'echo',
  figures: [
    { name: 'cpu', title: 'CPU', unit: 'µs', bars: [{ against: 'nginx', atMost: 1.25 }, { atMost: 60 }, { against: 'haproxy', atMost: 2 }] }
  ],
  run: async () => ({})
}, { cpu: { gatehouse: [41, 45, 43], nginx: [30, 31, 29] } })

const results: Results = {
  date: '2026-11-22T10:00:00.000Z',
  command: 'node dist/bench/run.js',
  rounds: 3,
  machine: { cpu: 'a CPU', cores: 2, memoryGiB: 8, kernel: '6.1', node: 'v20.20.2' },
  peers: { gatehouse: '0.1.0', nginx: '1.22.1', haproxy: null },
  figures
}

t.test('the page shows bars with their verdict, and every figure with its spread', async t => {
  const made = withFigures(page('old'), results)
  t.match(made, '| echo: CPU | at most 1.25 x nginx | 1.43 | **not met** (by 15 %) |')
  t.match(made, '| echo: CPU | at most 60 µs | 43.0 | met |')
  t.match(made, '| echo: CPU | at most 2 x haproxy |  | not measured |')
  t.match(made, '| gatehouse | 43.0 (41.0-45.0) | 1.43 |')
  t.match(made, '| nginx | 30.0 (29.0-31.0) |  |')
  t.match(made, 'Measured on 2026-11-22 by `node dist/bench/run.js`, 3 rounds, on a CPU, 2 cores, 8 GiB, Linux 6.1, Node v20.20.2.')
  t.match(made, 'Peers: gatehouse 0.1.0, nginx 1.22.1, haproxy was not there.')
  t.notMatch(made, 'old')
})

t.test('what stands around the figures stays, and the same figures change nothing', async t => {
  const made = withFigures(page('old'), results)
  t.ok(made.startsWith('# Page\n') && made.endsWith('\nAfter.\n'))
  t.equal(withFigures(made, results), made)
})

t.test('without results the page says that there are none', async t => {
  t.match(withFigures(page('old'), undefined), 'There are no figures yet')
})

t.test('a page without a place for them, or with two, is refused', async t => {
  t.throws(() => withFigures('# Page\n', results), /needs the line/)
  t.throws(() => withFigures(page('') + page(''), results), /exactly once/)
})
