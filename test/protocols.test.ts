import { runRooms } from './helper/rooms.js'

await runRooms('protocol')
