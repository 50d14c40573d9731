import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'
import { Asks } from './asks.js'
import type { Answer, Argument, Order, Question, Report, StartOrder } from './messages.js'
import { WorkerStartError } from './start-error.js'
import { closeUntaken } from './untaken.js'
import { watchWorker } from './watch.js'

/** How a process ended; `cause` is what it told before, or why it never was. */
export interface WorkerEnd {
  readonly code: number | null
  readonly signal: string | null
  readonly cause?: string | undefined
}

/** One worker, as the primary process holds it. */
export interface WorkerProcess {
  readonly pid: number | undefined
  /** The URLs that it serves; rejects with WorkerStartError when it ends before. */
  readonly listening: Promise<readonly string[]>
  readonly ended: Promise<WorkerEnd>
  /** See Asks. */
  ask<Q extends Question> (question: Q, argument: Argument<Q>, withinMs: number): Promise<Answer<Q>>
  /** Has it drain and end. */
  end (): void
  /** Ends it at once; `why` is the cause that its end tells. */
  kill (why?: string): void
}

const SERVER = fileURLToPath(new URL('../server.js', import.meta.url))

/**
 * Starts a process that runs the same program as a worker. Whoever does not listen within `startWithinMs` is
 * killed. Throws where the system has no process to give.
 * @param log told what fails between here and a worker that lives on
 */
export function forkWorker (
  start: Omit<StartOrder, 'type'>, startWithinMs: number, log: { error (data: object, message: string): void }
): WorkerProcess {
  cluster.schedulingPolicy = cluster.SCHED_RR // the kernel would give some workers most of the tunnels
  cluster.setupPrimary({ exec: SERVER, args: ['worker'] })
  const worker = cluster.fork()
  const { process } = worker
  closeUntaken(process)
  // Of a channel that is closed already, its end tells more than a failed message.
  const send = (order: Order) => { process.send(order, () => {}) }
  const asks = new Asks(send)
  let cause: string | undefined

  const ended = new Promise<WorkerEnd>(resolve => {
    worker.once('exit', (code, signal) => resolve({ code, signal, cause }))
    worker.on('error', ({ message }) => {
      const { pid } = process
      // Who could not be started will not exit.
      if (pid === undefined) resolve({ code: null, signal: null, cause: message })
      else log.error({ worker: pid, cause: message }, 'worker not reached')
    })
  })
  const listening = new Promise<readonly string[]>((resolve, reject) => {
    worker.on('message', (report: Report) => {
      if (report.type === 'ready') send({ type: 'start', ...start }) // sooner, it would not be heard
      else if (report.type === 'listening') resolve(report.urls)
      else if (report.type === 'failed') cause = report.text
      else asks.settle(report)
    })
    ended.then(end => reject(startError(end)))
  })
  const timer = setTimeout(() => process.kill('SIGKILL'), startWithinMs)
  listening.then(() => watchWorker(held), () => {}).finally(() => clearTimeout(timer))
  ended.then(() => asks.close())
  const held: WorkerProcess = {
    pid: process.pid,
    listening,
    ended,
    ask: async (question, argument, withinMs) => await asks.ask(question, argument, withinMs) as never,
    end: () => send({ type: 'end' }),
    kill (why) {
      cause ??= why
      process.kill('SIGKILL')
    }
  }
  return held
}

function startError ({ code, signal, cause }: WorkerEnd): WorkerStartError {
  const how = code === null ? signal : `exit code ${code}`
  return new WorkerStartError(cause ?? `Gatehouse cannot start: a worker ended before it listened (${how}).`)
}
