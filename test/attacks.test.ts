import { runRooms } from './helper/rooms.js'

await runRooms('attack', 'unit/proxy')
