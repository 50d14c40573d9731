import { type EntryVerdict, lintEntry } from './entry.js'
import { formatEntry } from './entry-pattern.js'
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
  const verdicts = entries.map(lintEntry)
  const faults = verdicts.filter(({ verdict }) => verdict === 'reject')
  if (faults.length > 0) throw new AllowListError(faults)
  const { distinct, repeated } = separateRepeated(verdicts)
  const warnings = [...distinct.values()].filter(({ verdict }) => verdict === 'warn')
  return { allowList: buildAllowList([...distinct.values()]), warnings: [...warnings, ...repeated] }
}

/** Entries are the same when their canonical text is. */
function separateRepeated (verdicts: readonly EntryVerdict[]) {
  const distinct = new Map<string, EntryVerdict>()
  const repeated: EntryVerdict[] = []
  for (const verdict of verdicts) {
    const canonical = verdict.pattern === undefined ? verdict.entry : formatEntry(verdict.pattern)
    const first = distinct.get(canonical)
    if (first === undefined) distinct.set(canonical, verdict)
    else {
      const message = `it repeats ${JSON.stringify(first.entry)}: remove one`
      repeated.push({ ...verdict, verdict: 'warn', messages: [message] })
    }
  }
  return { distinct, repeated }
}

function buildAllowList (verdicts: readonly EntryVerdict[]): AllowList {
  const exact = new Map<Origin, string>()
  const indexed: IndexedEntry[] = []
  let any: string | undefined
  let opaque: string | undefined
  for (const { entry, pattern } of verdicts) {
    if (pattern?.kind === 'any') any = entry
    else if (pattern?.kind === 'opaque') opaque = entry
    else if (pattern !== undefined && (pattern.ports === 'any' || pattern.host.includes('*'))) {
      indexed.push({ entry, ...pattern })
    } else if (pattern !== undefined) {
      const { scheme, host } = pattern
      for (const port of pattern.ports) exact.set(serializeOrigin(scheme, host, port).origin, entry)
    }
  }
  const findPattern = indexPatterns(indexed)
  const written = Object.freeze(verdicts.map(({ entry }) => entry))
  return {
    match: origin => origin === 'null' ? opaque : exact.get(origin.origin) ?? findPattern(origin) ?? any,
    size: written.length,
    entries: () => written
  }
}
