import type { OriginSink, OriginSource, SourceContent } from '../origin/policy.js'

/** A way to read origins, and when. Its errors reach the sink as they are, so they hold no credentials. */
export interface Reading {
  readonly name: string
  /** ms from the end of one reading to the next; undefined when only `refresh` and `reload` ask for one. */
  readonly intervalMs: number | undefined
  /** ms after which a reading is given up. */
  readonly timeoutMs: number
  /** What is told then, with the mend. */
  readonly timeoutMessage: string
  /** Whether a reading is worth its while that only the clock asks for. Never rejects. */
  isDue? (): Promise<boolean>
  /**
   * Reads all there is. `refresh` asks for one more reading, soon after this one; `signal` is aborted when
   * nobody waits for this one any longer. The next reading begins when this one has settled all the same.
   */
  read (signal: AbortSignal, refresh: Refresh): Promise<SourceContent>
  /** Ends what `read` has opened; called once. */
  end? (): void | Promise<void>
}

/** Shortest pause before a reading that `refresh` asks for: others have work to do, too. */
const SHORTEST_PAUSE_MS = 20

/** Asks for a reading, at any time. `always`: what it gives is delivered even if nothing has changed. */
export type Refresh = (always?: 'always') => void

/**
 * A source made of readings, one at a time; those asked for meanwhile become one. Those that `refresh` asks
 * for leave as much time between them as they take. Content is delivered when it differs from the last, when
 * it follows a failure, and on reload.
 */
export class PolledSource implements OriginSource {
  readonly name: string
  readonly #reading: Reading
  #sink: OriginSink | undefined
  #current: Promise<void> | undefined
  #next: Promise<void> | undefined
  #abort: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  #content: SourceContent | undefined
  /** The next content is to be delivered even if it is the same: somebody asked, or it ends a failure. */
  #always = false
  /** Somebody asked for a reading that is not awaited. */
  #isWanted = false
  /** Until then no such reading begins; ms of performance.now(). */
  #restsUntil = 0
  /** A reading has not settled, although it may have been given up; `#resume` is called when it has. */
  #isBusy = false
  #resume: (() => void) | undefined

  constructor (reading: Reading) {
    this.name = reading.name
    this.#reading = reading
  }

  async open (sink: OriginSink): Promise<void> {
    this.#sink = sink
    await this.#request()
  }

  async reload (): Promise<void> {
    await this.#request()
  }

  async close (): Promise<void> {
    if (this.#sink === undefined) return
    this.#sink = undefined
    clearTimeout(this.#timer)
    this.#abort?.abort(new Error('the source is closed'))
    await this.#reading.end?.()
  }

  /** Resolves after a reading that began now or later. Without a sink there is nobody to read for. */
  async #request (): Promise<void> {
    if (this.#sink === undefined) return
    this.#always = true
    if (this.#current === undefined && this.#next === undefined) return await this.#start('now')
    this.#next ??= this.#current?.then(() => this.#start('now'))
    await this.#next
  }

  async #start (when: 'now' | 'if due'): Promise<void> {
    this.#next = undefined
    const sink = this.#sink
    if (sink === undefined) return
    clearTimeout(this.#timer)
    this.#isWanted = false
    this.#current = this.#run(sink, when)
    await this.#current
  }

  async #run (sink: OriginSink, when: 'now' | 'if due'): Promise<void> {
    const always = this.#always
    this.#always = false
    try {
      const content = await this.#read(when)
      if (this.#sink === undefined) return
      if (content === undefined && always) this.#always = true
      if (content !== undefined && (always || !isSame(content, this.#content))) {
        this.#content = content
        await sink.deliver(content)
      } else sink.unchanged()
    } catch (error) {
      if (this.#sink === undefined) return
      this.#always = true // what comes after it tells that all is well again
      sink.fail(error instanceof Error ? error : new Error(String(error)))
    }
    this.#current = undefined
    this.#schedule()
  }

  /** The content within the time-out, or undefined when a reading was not due. */
  async #read (when: 'now' | 'if due'): Promise<SourceContent | undefined> {
    const { timeoutMs, timeoutMessage } = this.#reading
    const abort = this.#abort = new AbortController()
    const timer = setTimeout(() => abort.abort(new Error(timeoutMessage)), timeoutMs)
    const aborted = new Promise<never>((_resolve, reject) => {
      abort.signal.addEventListener('abort', () => reject(abort.signal.reason))
    })
    const begun = performance.now()
    let pauseMs = SHORTEST_PAUSE_MS
    try {
      const content = await Promise.race([aborted, this.#work(when, abort.signal)])
      pauseMs = Math.max(pauseMs, performance.now() - begun)
      return content
    } finally {
      clearTimeout(timer)
      this.#restsUntil = performance.now() + pauseMs
    }
  }

  /** Waits for a reading that was given up: a place that hangs is not asked a second time meanwhile. */
  async #work (when: 'now' | 'if due', signal: AbortSignal): Promise<SourceContent | undefined> {
    if (this.#isBusy) await new Promise<void>(resolve => { this.#resume = resolve })
    signal.throwIfAborted()
    this.#isBusy = true
    try {
      if (when === 'if due' && await this.#reading.isDue?.() === false) return undefined
      return await this.#reading.read(signal, always => this.#refresh(always))
    } finally {
      this.#isBusy = false
      this.#resume?.()
    }
  }

  #refresh (always?: 'always'): void {
    if (always !== undefined) this.#always = true
    this.#isWanted = true
    if (this.#current === undefined) this.#schedule()
  }

  #schedule (): void {
    clearTimeout(this.#timer)
    const isWanted = this.#isWanted
    const pauseMs = isWanted ? Math.max(0, this.#restsUntil - performance.now()) : this.#reading.intervalMs
    if (pauseMs === undefined || this.#sink === undefined) return
    this.#timer = setTimeout(() => { this.#start(isWanted ? 'now' : 'if due') }, pauseMs)
  }
}

function isSame (one: SourceContent, other: SourceContent | undefined): boolean {
  if (one === other) return true
  if (other === undefined || 'match' in one || 'match' in other) return false
  return one.length === other.length && one.every((entry, index) => entry === other[index])
}
