/**
 * Tells once when nothing was noted for `idleMs`. Noting is a reading of the clock and no more: a socket's
 * own time-out sorts its timer anew for every chunk, which is what a small message notices.
 */
export class IdleClock {
  readonly #idleMs: number
  readonly #onIdle: () => void
  #notedAt = performance.now()
  #timer: NodeJS.Timeout

  constructor (idleMs: number, onIdle: () => void) {
    this.#idleMs = idleMs
    this.#onIdle = onIdle
    this.#timer = this.#wait(idleMs)
  }

  /** There was life just now. */
  note (): void {
    this.#notedAt = performance.now()
  }

  /** Nothing is told any more. */
  stop (): void {
    clearTimeout(this.#timer)
  }

  #wait (ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#look(), ms).unref()
  }

  #look (): void {
    const leftMs = this.#notedAt + this.#idleMs - performance.now()
    if (leftMs > 0) this.#timer = this.#wait(Math.ceil(leftMs))
    else this.#onIdle()
  }
}
