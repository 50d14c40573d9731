import type { EntryPorts } from './entry-ports.js'
import { compileHostPattern, type HostPattern } from './host-pattern.js'
import type { ParsedOrigin } from './origin.js'

/** One entry that no table of exact origins can hold: a wildcard in its host, or any port. */
export interface IndexedEntry { entry: string, scheme: string, host: string, ports: EntryPorts }

interface IndexedPattern { entry: string, ports: EntryPorts, host: HostPattern }

/** Finds an entry that an origin matches; of those with the same suffix, the one added first. */
export interface PatternIndex {
  add (entry: IndexedEntry): void
  find (origin: ParsedOrigin): string | undefined
}

/**
 * An empty index. The cost of a look-up grows with the labels of the host, up to the deepest literal suffix
 * listed, and with the entries that share one suffix, not with the list.
 */
export function createPatternIndex (): PatternIndex {
  const schemes = new Map<string, Map<string, IndexedPattern[]>>()
  let maxDepth = 0
  return {
    add: ({ entry, scheme, host: hostText, ports }) => {
      const host = compileHostPattern(hostText)
      const bySuffix = getOrAdd(schemes, scheme, () => new Map<string, IndexedPattern[]>())
      getOrAdd(bySuffix, host.suffix, () => []).push({ entry, ports, host })
      maxDepth = Math.max(maxDepth, host.suffix.split('.').length)
    },
    find: origin => {
      const bySuffix = schemes.get(origin.scheme)
      return bySuffix && findBySuffix(bySuffix, origin, maxDepth)
    }
  }
}

/** Walks the dots from the right. The trailing dot of a rooted name is one of them, as it is in a suffix. */
function findBySuffix (
  bySuffix: ReadonlyMap<string, IndexedPattern[]>, { host, port }: ParsedOrigin, maxDepth: number
): string | undefined {
  let dot = host.length
  for (let depth = 0; depth < maxDepth && dot !== -1; depth++) {
    dot = host.lastIndexOf('.', dot - 1)
    const found = bySuffix.get(host.slice(dot + 1))?.find(pattern =>
      (pattern.ports === 'any' || pattern.ports.includes(port)) && pattern.host.matches(host))
    if (found !== undefined) return found.entry
  }
  return undefined
}

function getOrAdd<K, V> (map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
