import type { EntryVerdict } from './entry.js'
import type { EntryPattern } from './entry-pattern.js'
import type { EntryPorts } from './entry-ports.js'
import { askHost, relateHost, type AskedHost } from './host-relation.js'
import { defaultPortOf, type ParsedOrigin } from './origin.js'
import type { Steps } from './steps.js'

/** An entry that nearly covers an origin, and what it lacks, in words. */
export interface NearMiss { readonly entry: string, readonly reason: string }

const MAX_MISSES = 5

/** Added to ten times the rank of the host, so that the host decides first. */
const PORT_DISTANCE = 2
const SCHEME_DISTANCE = 3

/** A refused entry of the very host is what its writer looks for. */
const REFUSED_DISTANCE = 4

/** Relating an entry to a host takes some ten microseconds, so a slice some five milliseconds. */
const RANKED_AT_ONCE = 500

interface Ranked extends NearMiss { readonly distance: number }

/**
 * The entries that come nearest to covering an origin none of them covers: at most five, nearest first, and
 * only those that have to do with it. Work grows with the list alone, not with what the origin holds.
 * @param verdicts the list as linted; refused entries count, too
 */
export function * findNearMisses (
  origin: ParsedOrigin | 'null', verdicts: readonly EntryVerdict[]
): Steps<NearMiss[]> {
  if (origin === 'null') {
    return verdicts.filter(({ pattern }) => pattern?.kind === 'any').slice(0, 1)
      .map(({ entry }) => ({ entry, reason: '`*` does not cover "null": that needs the entry `null`' }))
  }
  const asked = askHost(origin.host)
  const nearest: Ranked[] = []
  for (const [index, verdict] of verdicts.entries()) {
    if (index % RANKED_AT_ONCE === RANKED_AT_ONCE - 1) yield
    const miss = verdict.pattern === undefined
      ? rankRefused(asked, verdict)
      : rankEntry(origin, asked, verdict.entry, verdict.pattern)
    if (miss !== undefined) insert(nearest, miss)
  }
  return nearest.map(({ entry, reason }) => ({ entry, reason }))
}

/** Keeps the nearest, each entry once: to sort all that a long list holds of one site would take too long. */
function insert (nearest: Ranked[], miss: Ranked): void {
  if (nearest.some(({ entry }) => entry === miss.entry)) return
  const index = nearest.findIndex(({ distance }) => distance > miss.distance)
  nearest.splice(index === -1 ? nearest.length : index, 0, miss)
  if (nearest.length > MAX_MISSES) nearest.pop()
}

function rankEntry (
  origin: ParsedOrigin, asked: AskedHost, entry: string, pattern: EntryPattern
): Ranked | undefined {
  if (pattern.kind !== 'origins') return undefined
  const host = relateHost(asked, pattern.host)
  if (host === undefined) return undefined
  const scheme = compareSchemes(origin.scheme, pattern.scheme)
  const port = comparePorts(origin, pattern.ports, pattern.scheme)
  const reason = [host.reason, scheme, port].filter(part => part !== '').join('; ')
  const distance = host.rank * 10 + (scheme === '' ? 0 : SCHEME_DISTANCE) + (port === '' ? 0 : PORT_DISTANCE)
  return { entry, reason, distance }
}

const compareSchemes = (actual: string, wanted: string): string =>
  actual === wanted ? '' : `the scheme is ${actual}, the entry wants ${wanted}`

function comparePorts ({ scheme, port }: ParsedOrigin, wanted: EntryPorts, wantedScheme: string): string {
  if (wanted === 'any' || wanted.includes(port)) return ''
  const actual = namePort(port, scheme)
  const names = wanted.map(each => namePort(each, wantedScheme))
  return `port ${actual} is not ${names.length === 1 ? names.join() : `one of ${names.join(', ')}`}`
}

const namePort = (port: string, scheme: string): string => port || `${defaultPortOf(scheme) ?? 'none'} (the default)`

/** The host of an entry that is no entry; what stands before and behind it is often the fault. */
const ROUGH_HOST = /^(?:[^:/]*:\/\/)?(?:[^@/]*@)?\*?\.?([^/:?#[\]*\s]+)/

function rankRefused ({ host }: AskedHost, { entry, messages }: EntryVerdict): Ranked | undefined {
  const named = ROUGH_HOST.exec(entry)?.[1]?.toLowerCase()
  const isNear = named === host || (named?.includes('.') === true && host.endsWith(`.${named}`))
  return isNear ? { entry, reason: `the entry is refused: ${messages.join('; ')}`, distance: REFUSED_DISTANCE } : undefined
}
