import { readdirSync } from 'node:fs'

const PRODUCT = ['dist/src', 'dist/plugins', 'dist/routes']

/** `npm test` needs Node alone, and no Redis; `npm run test:interop` holds this file to 100 %. */
const NEEDS_REDIS = 'dist/src/sources/redis.js'

/** For tap: every test may cover any file of the product, and the helpers of the tests count for nothing. */
export default function coverageMap (): string[] {
  return PRODUCT.flatMap(room => readdirSync(room, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.js'))
    .map(file => `${room}/${file}`))
    .filter(file => file !== NEEDS_REDIS)
}
