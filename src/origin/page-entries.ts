import type { EntryVerdict } from './entry.js'
import type { Steps } from './steps.js'

/** An entry as written, once, with every source that tells it. */
export interface ListedEntry {
  readonly entry: string
  readonly sources: string[]
  /** What the linter remarks on it. */
  readonly doubts: readonly string[]
}

/** Looking an entry up takes less than a microsecond. */
const LOOKED_UP_AT_ONCE = 2_000

/** At most `limit` of the entries of all sources, after the first `offset`; in the order they are told in. */
export function * pageEntries (
  told: ReadonlyArray<{ source: string, verdicts: readonly EntryVerdict[] }>,
  { limit, offset }: { limit: number, offset: number }
): Steps<ListedEntry[]> {
  const listed = new Map<string, ListedEntry>()
  for (const { source, verdicts } of told) {
    for (const [index, { entry, messages }] of verdicts.entries()) {
      if (index % LOOKED_UP_AT_ONCE === LOOKED_UP_AT_ONCE - 1) yield
      const known = listed.get(entry)
      if (known === undefined) {
        // What stands behind the page is not remembered, only whether it repeats what stands on it.
        if (listed.size < offset + limit) listed.set(entry, { entry, sources: [source], doubts: messages })
      } else if (!known.sources.includes(source)) known.sources.push(source)
    }
  }
  return [...listed.values()].slice(offset)
}
