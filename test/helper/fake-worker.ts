import type { WorkerEnd, WorkerProcess } from '../../src/workers/fork.js'
import type { Question } from '../../src/workers/messages.js'

/** A worker that does what the test says, and what it was told to. */
export interface FakeWorker extends WorkerProcess {
  listen: (port?: number) => void
  exit: (end: WorkerEnd) => void
  told: string[]
}

/** Ends with code 0 when told to, by SIGKILL when killed; answers by `answers`, else never. */
export function fakeWorker (pid: number, answers: Partial<Record<Question, unknown>> = {}): FakeWorker {
  let [listen, fail, exit] = [(_urls: string[]) => {}, (_error: Error) => {}, (_end: WorkerEnd) => {}]
  const told: string[] = []
  const listening = new Promise<string[]>((resolve, reject) => { [listen, fail] = [resolve, reject] })
  const ended = new Promise<WorkerEnd>(resolve => { exit = resolve })
  ended.then(({ cause }) => fail(new Error(cause)))
  listening.catch(() => {})
  return {
    pid,
    listening,
    ended,
    told,
    listen: (port = 8_000) => listen([`http://127.0.0.1:${port}`]),
    exit,
    ask: async question => {
      const answer = answers[question]
      if (answer instanceof Error) throw answer
      return answer as never
    },
    end: () => {
      told.push('end')
      exit({ code: 0, signal: null })
    },
    kill: () => {
      told.push('kill')
      exit({ code: null, signal: 'SIGKILL' })
    }
  }
}
