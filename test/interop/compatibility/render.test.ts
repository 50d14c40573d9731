import t from 'tap'
import { renderTable } from './render.js'

const CELL = { direct: true, through: true }

/** Lines of the page from this heading on. */
function from (page: string, heading: string): string[] {
  const lines = page.split('\n')
  return lines.slice(lines.indexOf(heading))
}

t.test('a row has a cell for each server, and none where it has no such thing', async t => {
  const page = renderTable({
    servers: ['One 1.0', 'Two 2.0', 'Three 3.0'],
    areas: [{ title: 'Area', rows: [{ name: 'it | that', cells: [CELL, undefined, { direct: false, through: true }] }] }]
  })
  t.same(from(page, '## Area'), [
    '## Area',
    '',
    '| Feature | One 1.0 | Two 2.0 | Three 3.0 |',
    '| --- | --- | --- | --- |',
    '| it \\| that | yes → yes | – | no → yes |',
    ''
  ])
})

t.test('a note is told once, and marked on each of its rows', async t => {
  const row = (name: string, note?: string) => ({ name, note, cells: [CELL] })
  const page = renderTable({
    servers: ['One'],
    areas: [
      { title: 'A', rows: [row('first', 'of two'), row('second'), row('third', 'alone')] },
      { title: 'B', rows: [row('fourth', 'of two')] }
    ]
  })
  t.match(page, '| first [1] |')
  t.match(page, '| second |')
  t.match(page, '| third [2] |')
  t.match(page, '| fourth [1] |')
  t.same(from(page, '## Notes'), ['## Notes', '', '1. of two', '2. alone', ''])
})

t.test('the page says how it is made, and without notes has no list of them', async t => {
  const page = renderTable({ servers: [], areas: [] })
  t.match(page, /^# Compatibility\n/)
  t.match(page, 'WRITE_COMPATIBILITY=1 npm run test:interop')
  t.notMatch(page, '## Notes')
})
