import { AllowListError } from '../origin/allow-list.js'
import { createDecideOrigin } from '../origin/decide.js'
import { splitEntries, type EntryVerdict } from '../origin/entry.js'
import { quote } from './faults.js'

/** The entries of one list as written, and what the linter says: faults stop the start, warnings do not. */
export interface OriginList {
  readonly entries: readonly string[]
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
}

/** Reads ALLOWED_ORIGINS: the allow-list language. */
export const parseAllowedOrigins = (text: string): OriginList =>
  lint(splitEntries(text), allowed => createDecideOrigin({ allowed, own: [], missingOnUpgrade: 'deny' }))

/** Reads PUBLIC_ORIGINS: exact origins only. */
export const parsePublicOrigins = (text: string): OriginList =>
  lint(splitEntries(text), own => createDecideOrigin({ allowed: [], own, missingOnUpgrade: 'deny' }))

/** The gate's own compiler is the linter: what passes here compiles when the app is built. */
function lint (entries: string[], compile: (entries: string[]) => { warnings: EntryVerdict[] }): OriginList {
  try {
    const { warnings } = compile(entries)
    return { entries: Object.freeze(entries), faults: [], warnings: warnings.map(describeVerdict) }
  } catch (error) {
    /* c8 ignore next -- the compiler throws nothing else; a bug in it must not pass for a bad setting */
    if (!(error instanceof AllowListError)) throw error
    return { entries, faults: error.faults.map(describeVerdict), warnings: [] }
  }
}

const describeVerdict = ({ entry, messages }: EntryVerdict) => `${quote(entry)}: ${messages.join('; ')}`
