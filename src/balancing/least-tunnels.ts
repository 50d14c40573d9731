import type { Strategy } from './strategy.js'

/**
 * The one with fewer open tunnels and requests of two picked at random (Mitzenmacher, "The power of two
 * choices in randomized load balancing", 2001); the first picked when both have as many. The least loaded
 * of all would draw every replica to the same instance at once.
 */
export const leastTunnels: Strategy = (available, { random }) => {
  const count = available.length
  const first = Math.floor(random() * count)
  const step = 1 + Math.floor(random() * (count - 1)) // 1 to count-1, so the second is never the first
  const one = available[first]
  const other = available[(first + step) % count]
  return one !== undefined && other !== undefined && other.open < one.open ? other : one
}
