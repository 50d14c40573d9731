import { runRooms } from './helper/rooms.js'

await runRooms('docs', 'unit/balancing', 'unit/bench', 'unit/config', 'unit/demo', 'unit/doctor', 'unit/http', 'unit/import',
  'unit/origin', 'unit/sockjs', 'unit/upstream')
