import type { Door } from '../origin/decide.js'

/** What an open tunnel or stream was let in by. */
export interface Held {
  readonly origin: string
  /** The request's Host, as the gate saw it. */
  readonly host: string
  readonly door: Door
}

/** One origin that was refused at one door, and how many of its tunnels or streams were ended for it. */
export interface Revoked { readonly origin: string, readonly door: Door, readonly count: number }

interface RevocationOptions {
  /** The gate's answer as of now. */
  readonly isAllowed: (held: Held) => boolean
  /** How long everything of a refused origin may take to end. */
  readonly graceMs: number
  readonly now: () => number
  /** Told when all that was open of an origin was told to end. */
  readonly onRevoked: (revoked: Revoked) => void
}

/** All that is open and may have to end before its client leaves. */
export interface Revocation {
  /**
   * Remembers something open until the function returned is called. `end` is called at most once, never from
   * within this call, when a check finds that `held` is not allowed any more.
   */
  readonly hold: (held: Held, end: () => void) => () => void
  /** Judges all that is held again, soon: many calls together are one check. */
  readonly check: () => void
  /** How many origins have anything open, counted for each door. */
  readonly size: () => number
  /** No check and no ending follows. */
  readonly close: () => void
}

/** What ends something open; each call of `hold` makes one of its own. */
interface Member { readonly end: () => void }

/** Members by Host within origin: those of one Host were let in by the same facts and are judged as one. */
type Table = Map<string, Map<string, Set<Member>>>

/** Checks are this far apart, or less when the grace is short. */
const LONGEST_PAUSE_MS = 100
const SHORTEST_PAUSE_MS = 10

/** A question to the policy takes some two microseconds, the end of a tunnel twenty times as long. */
const JUDGING = 1
const ENDING = 20
const SPENT_AT_ONCE = 4_000

/**
 * How long something may take to end from being told to. Being told late, by a check that had to wait for its
 * turn, takes some of the grace; what is left at the end is for the closing of the sockets.
 */
export function endWithinMs (graceMs: number): number {
  return Math.floor(graceMs * 0.9)
}

/**
 * Keeps book of what is open by what it was let in for, so that a change of the list costs one question for
 * each origin and Host, however many tunnels they have. Checks work in slices: requests go between.
 */
export function createRevocation ({ isAllowed, graceMs, now, onRevoked }: RevocationOptions): Revocation {
  const tables: Record<Door, Table> = { http: new Map(), preflight: new Map(), upgrade: new Map() }
  const pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, graceMs / 20))
  let startedAt = -Infinity
  let sweep: Generator<number> | undefined
  /** Stops the check that is under way or about to start. */
  let stop: (() => void) | undefined
  let again = false
  let closed = false

  function * sweepAll (): Generator<number> {
    for (const door of ['http', 'upgrade'] as const) {
      for (const [origin, hosts] of tables[door]) {
        const count = yield * endRefused(hosts, host => isAllowed({ origin, host, door }))
        if (hosts.size === 0 && tables[door].get(origin) === hosts) tables[door].delete(origin)
        if (count > 0) onRevoked({ origin, door, count })
      }
    }
  }

  const start = () => {
    startedAt = now()
    again = false
    sweep = sweepAll()
    work(sweep)
  }

  const work = (steps: Generator<number>) => {
    for (let spent = 0; spent < SPENT_AT_ONCE;) {
      const { done, value } = steps.next()
      if (done === true) {
        sweep = stop = undefined
        if (again) check()
        return
      }
      spent += value
    }
    stop = soon(() => work(steps))
  }

  const check = () => {
    again = sweep !== undefined // what it has judged already may have changed
    if (closed || stop !== undefined) return
    stop = soon(start, startedAt + pauseMs - now())
  }

  return {
    hold: (held, end) => holdIn(tables[held.door], held, end),
    check,
    size: () => tables.http.size + tables.upgrade.size,
    close: () => {
      closed = true
      stop?.()
    }
  }
}

function holdIn (table: Table, { origin, host }: Held, end: () => void): () => void {
  const member = { end }
  const hosts = table.get(origin) ?? new Map<string, Set<Member>>()
  const group = hosts.get(host) ?? new Set()
  table.set(origin, hosts)
  hosts.set(host, group)
  group.add(member)
  return () => {
    group.delete(member)
    // A check may have taken the group away, and another may stand in its place.
    if (group.size > 0 || hosts.get(host) !== group) return
    hosts.delete(host)
    if (hosts.size === 0) table.delete(origin)
  }
}

/**
 * Takes the groups away that are not allowed and ends their members; each step yields what it cost. Between
 * steps members may come and go: Map and Set iterate over what is there at the time.
 * @returns how many were ended
 */
function * endRefused (
  hosts: Map<string, Set<Member>>, isAllowed: (host: string) => boolean
): Generator<number, number> {
  let count = 0
  for (const [host, group] of hosts) {
    const refused = !isAllowed(host)
    if (refused) hosts.delete(host)
    yield JUDGING
    if (!refused) continue
    for (const member of group) {
      group.delete(member)
      member.end()
      count++
      yield ENDING
    }
  }
  return count
}

/** Runs in the next turn of the event loop, or after `waitMs`; returns what stops it. */
function soon (run: () => void, waitMs = 0): () => void {
  if (waitMs <= 0) {
    const immediate = setImmediate(run)
    return () => clearImmediate(immediate)
  }
  const timer = setTimeout(run, waitMs)
  return () => clearTimeout(timer)
}
