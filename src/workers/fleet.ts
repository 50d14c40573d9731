import { pauseMs } from '../upstream/instance.js'
import type { WorkerProcess } from './fork.js'
import { WorkerStartError } from './start-error.js'

/** What a fleet is made of. */
export interface FleetOptions {
  readonly size: number
  /** Starts a worker; it listens on `port` where one is named, else on that of the settings. */
  readonly fork: (port: number | undefined) => WorkerProcess
  readonly log: { error (data: object, message: string): void, info (data: object, message: string): void }
  /** Clock reading in ms. */
  readonly now: () => number
}

/** A worker that ends sooner than this was not well from the start: the next one waits, longer each time. */
const YOUNG_MS = 30_000

/** Where one worker stands, and the next one when it ends. */
interface Place {
  /** Workers in a row that ended young. */
  failures: number
  timer?: NodeJS.Timeout
}

/** The workers: their start, their replacement when one ends, and the end of all. */
export class Fleet {
  readonly #options: FleetOptions
  readonly #alive = new Set<WorkerProcess>()
  readonly #up = new Set<WorkerProcess>()
  readonly #places: readonly Place[]
  #phase: 'starting' | 'serving' | 'ending' = 'starting'
  #port: number | undefined
  /** What the next worker is told of it. */
  #named: number | undefined
  /** Replacements go one by one; see `start`. */
  #replacing: Promise<unknown> = Promise.resolve()

  constructor (options: FleetOptions) {
    this.#options = options
    this.#places = Array.from({ length: options.size }, () => ({ failures: 0 }))
  }

  /** Those that serve, the longest first. */
  up (): readonly WorkerProcess[] {
    return [...this.#up]
  }

  /**
   * Resolves with the URLs once all workers listen; rejects when one cannot, and kills the rest. One goes
   * first: of a port that is not to be had, Node's primary tells one worker and throws at the second.
   * @throws WorkerStartError
   */
  async start (): Promise<readonly string[]> {
    const [first, ...others] = this.#places as [Place, ...Place[]]
    try {
      const urls = await (await this.#launch(first)).listening
      this.#port = Number(new URL(urls[0] as string).port)
      await Promise.all(others.map(async place => await this.#launch(place)))
      if (this.#up.size < this.#options.size) throw new WorkerStartError('Gatehouse cannot start: a worker ended at once.')
      this.#phase = 'serving'
      return urls
    } catch (error) {
      this.kill()
      throw error
    }
  }

  /** Has all workers drain and end. Rejects when one of them ended badly. */
  async drain (): Promise<void> {
    this.#endPhase()
    const ends = await Promise.all([...this.#alive].map(async worker => {
      if (!this.#up.has(worker)) {
        worker.kill() // it serves nobody
        return 0
      }
      worker.end()
      const { code, signal } = await worker.ended
      return code ?? signal
    }))
    const bad = ends.filter(end => end !== 0)
    if (bad.length > 0) throw new Error(`workers ended with ${bad.join()}`)
  }

  /** Ends all workers at once. */
  kill (): void {
    this.#endPhase()
    for (const worker of this.#alive) worker.kill()
  }

  #endPhase (): void {
    this.#phase = 'ending'
    for (const { timer } of this.#places) clearTimeout(timer)
  }

  /** Resolves with a worker that listens. */
  async #launch (place: Place): Promise<WorkerProcess> {
    if (this.#phase === 'ending') throw new WorkerStartError('Gatehouse cannot start: it was ended meanwhile.')
    // Who asks for port 0 gets the port of those that listen. Once all were gone, it has to be named.
    if (this.#up.size === 0) this.#named = this.#port
    const startedAt = this.#options.now()
    const worker = this.#fork(place)
    this.#alive.add(worker)
    worker.ended.then(end => {
      this.#alive.delete(worker)
      this.#up.delete(worker)
      const isYoung = this.#options.now() - startedAt < YOUNG_MS
      this.#onEnd(place, isYoung, { worker: worker.pid, ...end })
    })
    await worker.listening
    this.#up.add(worker)
    return worker
  }

  #fork (place: Place): WorkerProcess {
    try {
      return this.#options.fork(this.#named)
    } catch (error) {
      this.#onEnd(place, true, { cause: String(error) })
      throw error
    }
  }

  #onEnd (place: Place, isYoung: boolean, end: object): void {
    if (this.#phase !== 'serving') return
    place.failures = isYoung ? place.failures + 1 : 0
    const pause = pauseMs(place.failures)
    this.#options.log.error({ ...end, pauseMs: pause }, 'worker ended')
    place.timer = setTimeout(() => {
      this.#replacing = this.#replacing.then(async () => await this.#replace(place))
    }, pause)
  }

  async #replace (place: Place): Promise<void> {
    if (this.#phase !== 'serving') return
    try {
      const { pid } = await this.#launch(place)
      this.#options.log.info({ worker: pid }, 'worker replaced')
    } catch {
      // its end was told, and the next one will come after a pause
    }
  }
}
