/** For tap: what is covered here and nowhere else, because it needs more than Node. */
export default function coverageMap (): string[] {
  return ['dist/src/sources/redis.js']
}
