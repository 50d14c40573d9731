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
   * Reads all there is. `refresh` asks for one more reading, after this one if it still runs; `signal` is
   * aborted when nobody waits for this one any longer.
   */
  read (signal: AbortSignal, refresh: Refresh): Promise<SourceContent>
  /** Ends what `read` has opened; called once. */
  end? (): void | Promise<void>
}

/** Asks for a reading. `always`: its content is delivered even when it is what was delivered last. */
export type Refresh = (always?: 'always') => void

/**
 * A source made of readings, one at a time; those asked for meanwhile become one. Content is delivered when
 * it differs from the last, when it follows a failure, and on reload.
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

  constructor (reading: Reading) {
    this.name = reading.name
    this.#reading = reading
  }

  async open (sink: OriginSink): Promise<void> {
    this.#sink = sink
    await this.#request('always')
  }

  async reload (): Promise<void> {
    await this.#request('always')
  }

  async close (): Promise<void> {
    if (this.#sink === undefined) return
    this.#sink = undefined
    clearTimeout(this.#timer)
    this.#abort?.abort(new Error('the source is closed'))
    await this.#reading.end?.()
  }

  /** Resolves after a reading that began now or later. Without a sink there is nobody to read for. */
  async #request (always?: 'always'): Promise<void> {
    if (this.#sink === undefined) return
    if (always !== undefined) this.#always = true
    if (this.#current === undefined && this.#next === undefined) return await this.#start('now')
    this.#next ??= this.#current?.then(() => this.#start('now'))
    await this.#next
  }

  async #start (when: 'now' | 'if due'): Promise<void> {
    this.#next = undefined
    const sink = this.#sink
    if (sink === undefined) return
    clearTimeout(this.#timer)
    this.#current = this.#run(sink, when)
    await this.#current
  }

  async #run (sink: OriginSink, when: 'now' | 'if due'): Promise<void> {
    const always = this.#always
    this.#always = false
    try {
      const content = await this.#read(when)
      if (this.#sink === undefined) return
      if (content === undefined) this.#always = always
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
    try {
      return await Promise.race([aborted, this.#work(when, abort.signal)])
    } finally {
      clearTimeout(timer)
    }
  }

  async #work (when: 'now' | 'if due', signal: AbortSignal): Promise<SourceContent | undefined> {
    if (when === 'if due' && await this.#reading.isDue?.() === false) return undefined
    return await this.#reading.read(signal, always => { this.#request(always) })
  }

  #schedule (): void {
    const { intervalMs } = this.#reading
    if (intervalMs === undefined || this.#sink === undefined) return
    this.#timer = setTimeout(() => { this.#start('if due') }, intervalMs)
  }
}

function isSame (one: SourceContent, other: SourceContent | undefined): boolean {
  if (one === other) return true
  if (other === undefined || 'match' in one || 'match' in other) return false
  return one.length === other.length && one.every((entry, index) => entry === other[index])
}
