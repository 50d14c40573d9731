import { compileAllowList, createAllowListBuilder, type AllowList } from './allow-list.js'
import { lintEntry, type EntryVerdict } from './entry.js'

/** Judges and compiles lists without holding up the process. */
export interface Judge {
  /** One verdict an entry, in order. What was judged for the last lists is not judged again. */
  lint (entries: readonly string[]): Promise<readonly EntryVerdict[]>
  /** The list of these verdicts, none of which may be a refusal. Forgets verdicts that are not among them. */
  compile (verdicts: readonly EntryVerdict[]): Promise<ReturnType<typeof compileAllowList>>
  /** The list without entries. */
  readonly nothing: AllowList
}

/** Judging an entry takes some ten microseconds, so a slice some two milliseconds. */
const LINTED_AT_ONCE = 200

/** Adding a judged entry to the tables takes about one microsecond. */
const ADDED_AT_ONCE = 2_000

/** `pause` resolves in a later turn of the event loop. */
export function createJudge (pause: () => Promise<void>): Judge {
  let known = new Map<string, EntryVerdict>()
  return {
    nothing: compileAllowList([]).allowList,
    lint: async entries => {
      const verdicts: EntryVerdict[] = []
      let fresh = 0
      for (const entry of entries) {
        let verdict = known.get(entry)
        if (verdict === undefined) {
          if (++fresh % LINTED_AT_ONCE === 0) await pause()
          verdict = lintEntry(entry)
        } else if (verdicts.length % ADDED_AT_ONCE === 0) await pause()
        verdicts.push(verdict)
      }
      return verdicts
    },
    compile: async verdicts => {
      const builder = createAllowListBuilder()
      const kept = new Map<string, EntryVerdict>()
      for (const verdict of verdicts) {
        if (kept.size > 0 && kept.size % ADDED_AT_ONCE === 0) await pause()
        builder.add(verdict)
        kept.set(verdict.entry, verdict)
      }
      known = kept
      return builder.build()
    }
  }
}
