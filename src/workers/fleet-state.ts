import { ERR_WORKER_UNAVAILABLE } from '../errors.js'
import type { FailedSource, GatewayState, Reloaded } from '../gateway-state.js'
import type { WorkerProcess } from './fork.js'
import { mergeDecisions, mergeFailures, mergeRankings, mergeUpstreams, sum } from './merge.js'
import type { Answer, Argument, Question } from './messages.js'

/** A question that changes nothing is answered at once, or after some slices of work. */
const ASK_WITHIN_MS = 5_000

/** Rows of a worker's rankings: all that it keeps, or `differing` of a trial. */
const RANKED = 1_000

/** How many workers are asked, one after the other, for what any of them can tell. */
const TRIED = 2

/**
 * The state of all workers as one. Counts are sums over those that answer; the list, its sources and
 * explanations are those of the worker that serves longest. Rejects with ERR_WORKER_UNAVAILABLE when no
 * worker answers.
 * @param up the workers that serve
 */
export function fleetState (up: () => readonly WorkerProcess[], reloadWithinMs: number): GatewayState {
  async function askAll<Q extends Question> (question: Q, argument: Argument<Q>): Promise<Array<Answer<Q>>> {
    const asked = await Promise.allSettled(up().map(worker => worker.ask(question, argument, ASK_WITHIN_MS)))
    const answers = asked.flatMap(each => each.status === 'fulfilled' ? [each.value] : [])
    if (answers.length > 0) return answers
    throw asked.find(each => each.status === 'rejected')?.reason ?? new ERR_WORKER_UNAVAILABLE()
  }

  async function askOne<Q extends Question> (question: Q, argument: Argument<Q>): Promise<Answer<Q>> {
    let failure: unknown = new ERR_WORKER_UNAVAILABLE()
    for (const worker of up().slice(0, TRIED)) {
      try {
        return await worker.ask(question, argument, ASK_WITHIN_MS)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  return {
    upstreams: async () => mergeUpstreams(await askAll('upstreams', undefined)),
    decisions: async () => mergeDecisions(await askAll('decisions', undefined)),
    origins: async page => await askOne('origins', page),
    explain: async question => await askOne('explain', question),

    async refused (limit) {
      const rankings = await askAll('refused', RANKED)
      return mergeRankings(rankings, { size: RANKED, limit, keyOf: ({ origin }) => origin })
    },

    async trial (limit) {
      const trials = await askAll('trial', RANKED)
      const total = (count: 'same' | 'wouldAllow' | 'wouldRefuse' | 'failed') => sum(trials.map(trial => trial[count]))
      return {
        configured: trials.some(({ configured }) => configured),
        same: total('same'),
        wouldAllow: total('wouldAllow'),
        wouldRefuse: total('wouldRefuse'),
        failed: total('failed'),
        differing: mergeRankings(trials.map(({ differing }) => differing), {
          // One origin may be in both: allowed by the candidate at one time, refused at another.
          size: RANKED, limit, keyOf: ({ origin, reason }) => JSON.stringify([origin, reason])
        })
      }
    },

    async reload () {
      const workers = up()
      const asked = await Promise.allSettled(workers.map(worker => worker.ask('reload', undefined, reloadWithinMs)))
      const answers = asked.flatMap(each => each.status === 'fulfilled' ? [each.value] : [])
      const [oldest] = answers
      if (oldest === undefined) throw new ERR_WORKER_UNAVAILABLE()
      const silent = asked.flatMap((each, index) => each.status === 'fulfilled'
        ? []
        : [{ source: `worker ${workers[index]?.pid}`, cause: String(each.reason) }])
      const failed = mergeFailures([...answers.flatMap((answer: Reloaded) => answer.failed), ...silent])
      return { ...oldest, ok: failed.length === 0, failed }
    }
  }
}

/** What came of a reload that nobody waits for: that no worker heard of it is a failure like any other. */
export async function reloadAll (state: Pick<GatewayState, 'reload'>): Promise<readonly FailedSource[]> {
  try {
    return (await state.reload()).failed
  } catch (error) {
    return [{ source: 'workers', cause: String(error) }]
  }
}
