import { readdirSync } from 'node:fs'

/** Tests of one app each, which end what they start: loading Fastify once for all is most of the saving. */
const ROOMS = ['examples', 'plugins', 'routes']

await Promise.all(ROOMS.flatMap(room => readdirSync(`dist/test/${room}`)
  .filter(file => file.endsWith('.test.js'))
  .map(file => import(`./${room}/${file}`))))
