import { type EntryVerdict, lintEntry } from './entry.js'
import { type EntryPattern, formatEntry } from './entry-pattern.js'
import { type Origin, type ParsedOrigin, serializeOrigin } from './origin.js'
import { type IndexedEntry, indexPatterns } from './pattern-index.js'

/** The compiled allow-list. An empty one matches nothing. */
export interface AllowList {
  /** The entry, as written, that allows this origin; undefined when none does. `*` does not cover `null`. */
  match (origin: ParsedOrigin | 'null'): string | undefined
  /** How many different entries there are. */
  readonly size: number
  /** The different entries as written, in their order. */
  entries (): readonly string[]
}

/** Entries that stop the boot. The message has a line for each of them, with its mend. */
export class AllowListError extends Error {
  override readonly name = 'AllowListError'

  constructor (readonly faults: EntryVerdict[]) {
    const lines = faults.map(({ entry, messages }) => `  ${JSON.stringify(entry)}: ${messages.join('; ')}`)
    const count = faults.length === 1 ? '1 origin entry is' : `${faults.length} origin entries are`
    super([`${count} refused:`, ...lines].join('\n'))
  }
}

/**
 * Compiles entries that are split already (see splitEntries). `warnings` are the verdicts somebody should see
 * at start, repeated entries included.
 * @throws AllowListError that lists every refused entry
 */
export function compileAllowList (
  entries: readonly string[]
): { allowList: AllowList, warnings: EntryVerdict[] } {
  const faults: EntryVerdict[] = []
  const warnings: EntryVerdict[] = []
  // By canonical text, so that two spellings of one entry meet.
  const accepted = new Map<string, AcceptedEntry>()
  for (const verdict of entries.map(lintEntry)) {
    const { entry, pattern } = verdict
    const first = pattern && accepted.get(formatEntry(pattern))
    if (pattern === undefined) faults.push(verdict)
    else if (first === undefined) accepted.set(formatEntry(pattern), { entry, pattern })
    if (first !== undefined) warnings.push(repeats(verdict, first.entry))
    else if (verdict.verdict === 'warn') warnings.push(verdict)
  }
  if (faults.length > 0) throw new AllowListError(faults)
  return { allowList: buildAllowList([...accepted.values()]), warnings }
}

interface AcceptedEntry { readonly entry: string, readonly pattern: EntryPattern }

function repeats (verdict: EntryVerdict, first: string): EntryVerdict {
  return { ...verdict, verdict: 'warn', messages: [`it repeats ${JSON.stringify(first)}: remove one`] }
}

function buildAllowList (accepted: readonly AcceptedEntry[]): AllowList {
  const exact = new Map<Origin, string>()
  const indexed: IndexedEntry[] = []
  let any: string | undefined
  let opaque: string | undefined
  for (const { entry, pattern } of accepted) {
    if (pattern.kind === 'any') any = entry
    else if (pattern.kind === 'opaque') opaque = entry
    else if (pattern.ports === 'any' || pattern.host.includes('*')) indexed.push({ entry, ...pattern })
    else {
      const { scheme, host } = pattern
      for (const port of pattern.ports) exact.set(serializeOrigin(scheme, host, port).origin, entry)
    }
  }
  const findPattern = indexPatterns(indexed)
  const written = Object.freeze(accepted.map(({ entry }) => entry))
  return {
    match: origin => origin === 'null' ? opaque : exact.get(origin.origin) ?? findPattern(origin) ?? any,
    size: written.length,
    entries: () => written
  }
}
