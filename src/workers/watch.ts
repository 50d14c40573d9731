import type { WorkerProcess } from './fork.js'

/** A worker is asked this often, and killed when so many times in a row it has not answered by the next. */
const RHYTHM = { everyMs: 10_000, misses: 3 }

/**
 * Kills a worker that answers nothing any more, so that it is told of and replaced: its clients would wait,
 * and Node's primary would neither give it another connection nor tell anybody. Times in a row, because
 * after a sleep of the whole machine the first answer may be late.
 */
export function watchWorker (
  worker: Pick<WorkerProcess, 'ask' | 'ended' | 'kill'>, { everyMs, misses } = RHYTHM
): void {
  let missed = 0
  const timer = setInterval(() => {
    if (missed++ === misses) worker.kill(`it answered nothing for ${misses * everyMs / 1_000} s`)
    worker.ask('decisions', undefined, everyMs).then(() => { missed = 0 }, () => {})
  }, everyMs)
  worker.ended.then(() => clearInterval(timer))
}
