import { readdirSync } from 'node:fs'

const PRODUCT = ['dist/src', 'dist/plugins', 'dist/routes']

/** For tap: every test may cover any file of the product, and the helpers of the tests count for nothing. */
export default function coverageMap (): string[] {
  return PRODUCT.flatMap(room => readdirSync(room, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.js'))
    .map(file => `${room}/${file}`))
}
