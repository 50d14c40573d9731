import { lintEntry } from '../origin/entry.js'
import { formatEntry } from '../origin/entry-pattern.js'

/** One place of the source that was converted. */
export interface ImportNote {
  /** From 1. */
  readonly line: number
  readonly written: string
  /** What it became, in canonical spelling. */
  readonly entries: readonly string[]
  /** What the old form let in and these entries do not, and the other way round: a sentence each. */
  readonly differences: readonly string[]
  /** What the linter of the allow-list says to these entries. */
  readonly warnings: readonly string[]
}

/** One place of the source that was not: nothing that names origins is passed over in silence. */
export interface Unread { readonly line: number, readonly written: string, readonly reason: string }

/** All of an import. `entries` are those of the notes, each once, ready for ALLOWED_ORIGINS or a file. */
export interface ImportResult {
  readonly entries: readonly string[]
  readonly notes: readonly ImportNote[]
  readonly unread: readonly Unread[]
}

/** What a reader has found at one place. `differences` are asked for each text that became an entry. */
export interface Finding {
  readonly line: number
  readonly written: string
  readonly texts: readonly string[]
  readonly differences: (text: string) => readonly string[]
}

/** Where the readers put what they find. */
export interface Collector {
  add (finding: Finding): void
  cannotRead (unread: Unread): void
  result (): ImportResult
}

/** A pasted file must not fill the terminal. */
const MAX_WRITTEN_LENGTH = 200

/** Lints all that is added: a text that is no entry counts as unread, with the linter's mend. */
export function createCollector (): Collector {
  const notes: ImportNote[] = []
  const unread: Unread[] = []
  const cannotRead = ({ line, written, reason }: Unread) => {
    unread.push({ line, written: shorten(written), reason })
  }
  return {
    cannotRead,
    add: ({ line, written, texts, differences }) => {
      const verdicts = texts.map(text => ({ text, ...lintEntry(text) }))
      for (const { entry, pattern, messages } of verdicts) {
        const reason = `"${entry}" cannot be an entry: ${messages.join('; ')}`
        if (pattern === undefined) cannotRead({ line, written, reason })
      }
      // Linted again in its canonical spelling, which needs no remarks about the spelling.
      const used = verdicts.flatMap(({ text, pattern }) => pattern === undefined
        ? []
        : [{ ...lintEntry(formatEntry(pattern)), differences: differences(text) }])
      if (used.length === 0) return
      notes.push({
        line,
        written: shorten(written),
        entries: unique(used.map(({ entry }) => entry)),
        differences: unique(used.flatMap(each => each.differences)),
        warnings: unique(used.flatMap(({ entry, messages }) => messages.map(message => `"${entry}": ${message}`)))
      })
    },
    result: () => ({ entries: unique(notes.flatMap(({ entries }) => entries)), notes, unread })
  }
}

function unique (texts: readonly string[]): string[] {
  return [...new Set(texts)]
}

function shorten (text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > MAX_WRITTEN_LENGTH ? `${line.slice(0, MAX_WRITTEN_LENGTH)}…` : line
}
