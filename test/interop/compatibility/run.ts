import { setMaxListeners } from 'node:events'
import type { Feature, Target } from './feature.js'

/** How a feature went by one way; `seen` is what its probe returned. */
export type Outcome = { works: true, seen: string } | { works: false, why: string }

/** One row and server by both ways. */
export interface Result { direct: Outcome, through: Outcome }

/** ms after which a probe has failed, whatever it waits for. */
const BOUND_MS = 45_000
/** Probes at once: more would wait for each other, not for the server. */
const AT_ONCE = 3

/** Tries a feature; a probe that fails or hangs is an outcome, too. Whatever it opened has ended then. */
export async function tryFeature (feature: Feature, target: Omit<Target, 'signal'>): Promise<Outcome> {
  const over = new AbortController()
  setMaxListeners(0, over.signal) // some probes open hundreds of connections
  const timer = setTimeout(() => over.abort(), BOUND_MS)
  const late = new Promise<never>((_resolve, reject) => {
    over.signal.addEventListener('abort', () => reject(new Error(`not done after ${BOUND_MS} ms`)))
  })
  late.catch(() => {}) // the end of every probe
  try {
    const seen = await Promise.race([feature.run({ ...target, signal: over.signal }), late])
    return { works: true, seen: seen ?? '' }
  } catch (error) {
    return { works: false, why: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
    over.abort()
  }
}

/** Runs the jobs, at most so many at once, in their order. */
export async function runAll (jobs: ReadonlyArray<{ run: () => Promise<void> }>): Promise<void> {
  const rest = [...jobs]
  const work = async () => {
    for (let job = rest.shift(); job !== undefined; job = rest.shift()) await job.run()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}
