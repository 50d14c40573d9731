import { type EntryVerdict, lintEntry } from './entry.js'
import { type EntryPattern, formatEntry } from './entry-pattern.js'
import { type Origin, type ParsedOrigin, serializeOrigin } from './origin.js'
import { createPatternIndex, type PatternIndex } from './pattern-index.js'

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
  const builder = createAllowListBuilder()
  for (const entry of entries) builder.add(lintEntry(entry))
  return builder.build()
}

/** Makes an allow-list of verdicts, one by one: a long list need not hold up the process. */
export interface AllowListBuilder {
  add (verdict: EntryVerdict): void
  /** @throws AllowListError that lists every refused entry */
  build (): { allowList: AllowList, warnings: EntryVerdict[] }
}

/** A builder for one list; nothing of it is shared with another. */
export function createAllowListBuilder (): AllowListBuilder {
  const faults: EntryVerdict[] = []
  const warnings: EntryVerdict[] = []
  // By canonical text, so that two spellings of one entry meet.
  const accepted = new Map<string, string>()
  const tables: Tables = {
    exact: new Map(),
    indexed: createPatternIndex(),
    any: undefined,
    opaque: undefined
  }
  return {
    add: verdict => {
      const { entry, pattern } = verdict
      if (pattern === undefined) {
        faults.push(verdict)
        return
      }
      const canonical = formatEntry(pattern)
      const first = accepted.get(canonical)
      if (first !== undefined) {
        warnings.push(repeats(verdict, first))
        return
      }
      accepted.set(canonical, entry)
      if (verdict.verdict === 'warn') warnings.push(verdict)
      addTo(tables, entry, pattern)
    },
    build: () => {
      if (faults.length > 0) throw new AllowListError(faults)
      return { allowList: toAllowList(tables, Object.freeze([...accepted.values()])), warnings }
    }
  }
}

/** What one look-up consults, in this order: exact origins, patterns, `*`; `null` has a place of its own. */
interface Tables {
  readonly exact: Map<Origin, string>
  readonly indexed: PatternIndex
  any: string | undefined
  opaque: string | undefined
}

function repeats (verdict: EntryVerdict, first: string): EntryVerdict {
  return { ...verdict, verdict: 'warn', messages: [`it repeats ${JSON.stringify(first)}: remove one`] }
}

function addTo (tables: Tables, entry: string, pattern: EntryPattern): void {
  if (pattern.kind === 'any') tables.any = entry
  else if (pattern.kind === 'opaque') tables.opaque = entry
  else if (pattern.ports === 'any' || pattern.host.includes('*')) tables.indexed.add({ entry, ...pattern })
  else {
    const { scheme, host } = pattern
    for (const port of pattern.ports) tables.exact.set(serializeOrigin(scheme, host, port).origin, entry)
  }
}

function toAllowList ({ exact, indexed, any, opaque }: Tables, written: readonly string[]): AllowList {
  return {
    match: origin => origin === 'null' ? opaque : exact.get(origin.origin) ?? indexed.find(origin) ?? any,
    size: written.length,
    entries: () => written
  }
}
