import { ERR_WORKER_UNAVAILABLE } from '../errors.js'
import type { AnswerReport, AskOrder, Question } from './messages.js'

/** More questions than the admin listener has connections are no tool's doing. */
const MOST_PENDING = 1_000

interface Pending {
  resolve: (value: unknown) => void
  reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** The questions that one worker was asked and has not answered, given up or not. */
export class Asks {
  readonly #send: (order: AskOrder) => void
  readonly #pending = new Map<number, Pending>()
  #lastId = 0
  #closed = false

  constructor (send: (order: AskOrder) => void) {
    this.#send = send
  }

  /**
   * Resolves with the answer. Rejects with ERR_WORKER_UNAVAILABLE when none comes within `withinMs`, the
   * worker is gone or has too many questions open; with another Error when the worker failed over it.
   */
  async ask (question: Question, argument: unknown, withinMs: number): Promise<unknown> {
    if (this.#closed || this.#pending.size >= MOST_PENDING) throw new ERR_WORKER_UNAVAILABLE()
    const id = ++this.#lastId
    return await new Promise((resolve, reject) => {
      // It keeps its place, or questions to a worker that reads none would pile up in the channel.
      const timer = setTimeout(() => reject(new ERR_WORKER_UNAVAILABLE()), withinMs)
      this.#pending.set(id, { resolve, reject, timer })
      this.#send({ type: 'ask', id, question, argument })
    })
  }

  /** Takes an answer; one that comes too late is nobody's. */
  settle ({ id, value, fault }: AnswerReport): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    this.#pending.delete(id)
    clearTimeout(pending.timer)
    if (fault === undefined) pending.resolve(value)
    else pending.reject(new Error(fault))
  }

  /** The worker is gone: nobody waits any longer. */
  close (): void {
    this.#closed = true
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer)
      reject(new ERR_WORKER_UNAVAILABLE())
    }
    this.#pending.clear()
  }
}
