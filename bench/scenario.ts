import type { Bar } from './bar.js'
import type { Peer } from './peers/peer.js'
import type { Samples } from './statistics.js'

/** What a scenario measures. */
export interface Figure {
  /** unique in its scenario: the key of its samples */
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly bars: readonly Bar[]
  /** a bar that is not met is a fault: the run fails, too */
  readonly isRequired?: boolean
}

/** Samples by figure, then by series (a peer's name, mostly): one a round. */
export type Measured = Record<string, Record<string, Samples>>

/** What a scenario is given. */
export interface Bench {
  /** the peers that are on this machine */
  readonly peers: readonly Peer[]
  readonly rounds: number
  /** for counts: the first is measured, the second is enough to see that it works (`--smoke`) */
  readonly size: (full: number, smoke: number) => number
  /** where what is measured runs, alone; undefined: anywhere */
  readonly proxyCore: number | undefined
  /** where load and backend run */
  readonly loadCore: number | undefined
  /** a new, empty directory; removed at the end of the run */
  readonly directory: () => string
  /** tells the person in front of it what is under way */
  readonly say: (text: string) => void
}

/** One kind of work. Whoever runs it ends the processes that it started. */
export interface Scenario {
  readonly name: string
  readonly group: 'http' | 'ws' | 'memory' | 'origin'
  readonly title: string
  readonly figures: readonly Figure[]
  readonly run: (bench: Bench) => Promise<Measured>
}
