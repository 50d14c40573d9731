import { runRooms } from './helper/rooms.js'

await runRooms('examples', 'plugins', 'routes')
