import { leastTunnels } from './least-tunnels.js'
import { rendezvous } from './rendezvous.js'

/** The little a strategy may know of an instance. */
export interface Candidate {
  /** The same text on every gateway replica, and another one for each instance. */
  readonly id: string
  /** Tunnels and requests under way. */
  readonly open: number
}

/** What one choice may depend on besides the candidates. */
export interface ChoiceInput {
  /** What must meet the same instance again: the SockJS session id. Empty where nothing must. */
  readonly key: string
  /** A source of numbers in [0, 1), such as Math.random. */
  readonly random: () => number
}

/** Chooses one of `available`; undefined only when there is none. It never asks whether one is available. */
export type Strategy = <C extends Candidate>(available: readonly C[], input: ChoiceInput) => C | undefined

/** Every strategy by its name. To add one: write its file, add its row. */
export const STRATEGIES = Object.freeze({
  rendezvous,
  'least-tunnels': leastTunnels
}) satisfies Readonly<Record<string, Strategy>>
