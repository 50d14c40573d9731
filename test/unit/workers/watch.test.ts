import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { watchWorker } from '../../../src/workers/watch.js'
import type { WorkerProcess } from '../../../src/workers/fork.js'
import { fakeWorker } from '../../helper/fake-worker.js'

/** A worker that answers the questions of which `answers` says so, the first is number 1. */
function silentWorker (answers: (question: number) => boolean) {
  const worker = fakeWorker(1)
  const causes: Array<string | undefined> = []
  let asked = 0
  const ask = async (_question: unknown, _argument: unknown, withinMs: number) => {
    if (answers(++asked)) return {}
    await setTimeout(withinMs)
    throw new Error('no answer')
  }
  const kill = (why?: string) => {
    causes.push(why)
    worker.kill()
  }
  return { watched: { ...worker, kill, ask: ask as WorkerProcess['ask'] }, causes, asked: () => asked }
}

t.test('a worker that leaves three questions in a row unanswered is killed, with the cause', async t => {
  const { watched, causes, asked } = silentWorker(question => question <= 2)
  watchWorker(watched, { everyMs: 10, misses: 3 })
  t.match(await watched.ended, { signal: 'SIGKILL' })
  t.same(causes, ['it answered nothing for 0.03 s'])
  const last = asked()
  t.equal(last, 6)
  await setTimeout(30)
  t.equal(asked(), last, 'who has ended is asked no more')
})

t.test('a worker that answers one of three questions is left alone', async t => {
  const { watched, causes, asked } = silentWorker(question => question % 3 === 0)
  watchWorker(watched, { everyMs: 5, misses: 3 })
  while (asked() < 20) await setTimeout(5)
  t.same(causes, [])
  watched.exit({ code: 0, signal: null })
})
