import type { EntryVerdict } from './entry.js'
import { harmless } from './printable.js'

/** One source as logs, readiness and the admin listener tell of it. Times are ms since the epoch. */
export interface SourceState {
  readonly name: string
  /** What is enforced of it: a list, a policy of its own making, or nothing because none was ever good. */
  holds: 'list' | 'policy' | 'nothing'
  /** Entries that are enforced. */
  entries: number
  /** When it was last read, or seen to be unchanged, without a fault. */
  readAt: number | undefined
  /** When what it says last changed. */
  changedAt: number | undefined
  /** Why it holds what it held before: set by a failure or a refused change, cleared by a good reading. */
  error: { readonly message: string, readonly at: number } | undefined
  /** How often it could not be read, and how many of its changes were refused whole. */
  failures: number
  refusals: number
}

/** A change that is enforced now. `examples` are the first entries that came and went. */
export interface ListChange {
  readonly sources: readonly string[]
  readonly added: number
  readonly removed: number
  readonly entries: number
  readonly examples: { readonly added: readonly string[], readonly removed: readonly string[] }
}

/** What happened, for the log. `faults` are all bad entries of a change that was refused. */
export type PolicyEvent =
  | { kind: 'changed', change: ListChange, warnings: readonly EntryVerdict[] }
  | { kind: 'refused', source: string, faults: readonly EntryVerdict[] }
  | { kind: 'failed', source: string, error: Error }
  | { kind: 'recovered', source: string }

/** A source that was not read yet. */
export function unreadSource (name: string): SourceState {
  return {
    name,
    holds: 'nothing',
    entries: 0,
    readAt: undefined,
    changedAt: undefined,
    error: undefined,
    failures: 0,
    refusals: 0
  }
}

/** A list may hold a hundred thousand entries; whoever broke more than these knows what to look for. */
const FAULTS_TOLD = 1_000
const ENTRY_SHOWN = 256

/** Why a change is refused: a line for each bad entry, with its mend, harmless to a terminal. */
export function describeFaults (faults: readonly EntryVerdict[]): string {
  const lines = faults.slice(0, FAULTS_TOLD)
    .map(({ entry, messages }) => harmless(`${JSON.stringify(entry.slice(0, ENTRY_SHOWN))}: ${messages.join('; ')}`))
  if (faults.length > FAULTS_TOLD) lines.push(`and ${faults.length - FAULTS_TOLD} more`)
  return ['the last good list stays, because of bad entries:', ...lines].join('\n')
}
