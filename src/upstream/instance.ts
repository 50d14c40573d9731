import type { Health } from './health.js'

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000

/** One host:port of an upstream, with what the gateway knows of it now. `upstream` is the caller's own. */
export interface Instance<U> {
  /** Equal on every gateway replica: sessions are spread by it. */
  readonly id: string
  readonly upstream: U
  /** Tunnels and requests under way. */
  open: number
  /** Pauses since the last connection that succeeded. */
  failures: number
  /** Clock reading in ms before which it is left alone; 0: in service. */
  asideUntil: number
  health: Health
}

/** An instance in service, with nothing open. It counts as healthy until probes say otherwise. */
export function createInstance<U> (id: string, upstream: U): Instance<U> {
  return { id, upstream, open: 0, failures: 0, asideUntil: 0, health: { up: true, streak: 0 } }
}

/** Whether it may be picked at `now` (ms): its probes pass and it is not set aside. */
export function isAvailable<U> (instance: Instance<U>, now: number): boolean {
  return instance.health.up && now >= instance.asideUntil
}

/** The pause after that many failures in a row, in ms: 250, 500, 1,000 … up to 30,000; 0 without failures. */
export function pauseMs (failures: number): number {
  if (failures <= 0) return 0
  return Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS)
}

/**
 * Sets the instance aside after a connect that failed at `now` (ms); true when that begins a new pause.
 * An attempt that began (`startedAt`, ms) before the last pause was over tells nothing new and changes
 * nothing: a hundred connects that fail together are one failure, also when they time out one by one.
 */
export function setAside<U> (instance: Instance<U>, now: number, startedAt: number = now): boolean {
  if (startedAt < instance.asideUntil) return false
  instance.failures++
  instance.asideUntil = now + pauseMs(instance.failures)
  return true
}

/** Notes a connect that succeeded: back in service at once, and the next pause is the shortest again. */
export function markConnected<U> (instance: Instance<U>): void {
  instance.failures = 0
  instance.asideUntil = 0
}
