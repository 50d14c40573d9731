import { readdirSync } from 'node:fs'

/** Their tests need no sockets and no time: one process runs them all, as a start costs more than they do. */
const PURE_ROOMS = ['balancing', 'http', 'origin', 'sockjs', 'upstream']

const files = PURE_ROOMS.flatMap(room => readdirSync(`dist/test/unit/${room}`)
  .filter(file => file.endsWith('.test.js'))
  .map(file => `./${room}/${file}`))

await Promise.all(files.map(file => import(file)))
