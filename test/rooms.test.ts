import { readdirSync } from 'node:fs'

/**
 * Rooms whose tests are quick and share nothing: one process runs them all, as a start costs more than they
 * do. Their tests run one after the other; a file that sets `t.jobs` would change that for all.
 */
const ROOMS = [
  'docs', 'unit/balancing', 'unit/config', 'unit/demo', 'unit/doctor', 'unit/http', 'unit/import', 'unit/origin',
  'unit/sockjs', 'unit/upstream'
]

await Promise.all(ROOMS.flatMap(room => readdirSync(`dist/test/${room}`)
  .filter(file => file.endsWith('.test.js'))
  .map(file => import(`./${room}/${file}`))))
