import { EntryFault, type EntryNotes } from './entry-fault.js'
import { type EntryPattern, formatEntry, readEntry } from './entry-pattern.js'

/** What the linter says about one entry. */
export interface EntryVerdict {
  /** The entry as written, without the white space around it. */
  readonly entry: string
  /** `warn`: it is used, and somebody should look at it. `reject`: it stops the boot. */
  readonly verdict: 'ok' | 'warn' | 'reject'
  /** Whole sentences without the entry, each with its mend; empty when `ok`. */
  readonly messages: readonly string[]
  /** What the entry allows; absent on `reject`. */
  readonly pattern?: EntryPattern
}

/** The entries of a setting: commas outside `[]` separate them; white space around them and empty ones go. */
export function splitEntries (list: string): string[] {
  const entries = list.match(/(?:\[[^\]]*\]?|[^,[])+/g) ?? []
  return entries.map(entry => entry.trim()).filter(entry => entry !== '')
}

/** Reads and judges one entry. Never throws: a refused entry is a verdict too, so all can be told at once. */
export function lintEntry (entry: string): EntryVerdict {
  const notes: EntryNotes = { respelled: [], warnings: [] }
  const text = entry.trim()
  try {
    const pattern = readEntry(text, notes)
    const messages = notes.respelled.length === 0
      ? notes.warnings
      : [`${notes.respelled.join('; ')}: write "${formatEntry(pattern)}"`, ...notes.warnings]
    return { entry: text, verdict: messages.length === 0 ? 'ok' : 'warn', messages, pattern }
  } catch (error) {
    /* c8 ignore next -- the readers throw nothing else; a bug in them must not pass for a verdict */
    if (!(error instanceof EntryFault)) throw error
    return { entry: text, verdict: 'reject', messages: [error.message] }
  }
}
