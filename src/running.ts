import type { FastifyBaseLogger } from 'fastify'
import type { FailedSource } from './gateway-state.js'

/** A gateway that listens, as the process sees it: what signals are to do. */
export interface Running {
  readonly log: FastifyBaseLogger
  /** ms that `close` may take before the process is ended the hard way. */
  readonly closeWithinMs: number
  /** Tells once where it listens. */
  announce (): Promise<void>
  /** Drains, then closes all. */
  close (): Promise<void>
  /** Reads the sources of the allow-list again; resolves with those that are not as they should be then. */
  reload (): Promise<readonly FailedSource[]>
  /** Where something would outlive a process that ends at once: ends that. */
  readonly abandon?: () => void
}

/** After the grace: time to close sockets before a process is ended the hard way. */
export const CLOSE_MS = 5_000
