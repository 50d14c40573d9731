import type { EntryVerdict } from './entry.js'
import { parseOrigin } from './origin.js'
import { matchSpringPatterns } from './spring.js'
import type { Steps } from './steps.js'

/** Matching an entry takes up to some microseconds. */
const MATCHED_AT_ONCE = 500

/** What Spring's `setAllowedOriginPatterns` says to the same list, where it is not what the gate says. */
export interface SpringDifference {
  readonly allowed: boolean
  /** The entry that lets it in there. */
  readonly entry?: string
  /** Why, in a whole sentence. */
  readonly difference: string
}

/**
 * Undefined when both say the same.
 * @param origin as sent
 * @param entry the entry by which the gate lets it in; undefined when it refuses
 */
export function * compareWithSpring (
  origin: string, entry: string | undefined, verdicts: readonly EntryVerdict[]
): Steps<SpringDifference | undefined> {
  const springs = yield * findSpringMatch(origin, verdicts)
  if ((springs === undefined) === (entry === undefined)) return undefined
  return springs === undefined
    ? { allowed: false, difference: whyOnlyHere(origin, String(entry), verdicts) }
    : { allowed: true, entry: springs, difference: whyOnlyThere(origin, springs, verdicts) }
}

function * findSpringMatch (origin: string, verdicts: readonly EntryVerdict[]): Steps<string | undefined> {
  for (let from = 0; from < verdicts.length; from += MATCHED_AT_ONCE) {
    if (from > 0) yield
    const some = verdicts.slice(from, from + MATCHED_AT_ONCE).map(({ entry }) => entry)
    const found = matchSpringPatterns(origin, some)
    if (found !== undefined) return found
  }
  return undefined
}

function whyOnlyThere (origin: string, springs: string, verdicts: readonly EntryVerdict[]): string {
  const inSpring = `Spring lets it in by \`${springs}\``
  if (verdicts.some(({ entry, pattern }) => entry === springs && pattern === undefined)) {
    return `${inSpring}, which is refused here as an entry.`
  }
  if (origin === 'null') return `${inSpring}: there "*" covers "null", too.`
  if (parseOrigin(origin) !== undefined) {
    return `${inSpring}: there "*" stands for any characters, dots and colons included, or for none.`
  }
  if (origin.endsWith('/') && parseOrigin(origin.slice(0, -1)) !== undefined) {
    return `${inSpring}: there a slash at the end of the header is dropped.`
  }
  return `${inSpring}: there "*" and ":[*]" take any text that fits, also one that is no origin.`
}

function whyOnlyHere (origin: string, entry: string, verdicts: readonly EntryVerdict[]): string {
  if (matchSpringPatterns(origin.toLowerCase(), [entry.toLowerCase()]) !== undefined) {
    return `Spring refuses it: there upper and lower case of \`${entry}\` count.`
  }
  const pattern = verdicts.find(verdict => verdict.entry === entry)?.pattern
  if (pattern?.kind === 'origins' && pattern.ports !== 'any' && /:(?:80|443)(?: |$)|:\[[\d,]+\]/.test(`${entry} ${origin}`)) {
    return 'Spring refuses it: there a default port (80 of http, 443 of https) is compared as it is written.'
  }
  if (pattern?.kind === 'origins' && pattern.ports === 'any') {
    return `Spring refuses it: there the "*" after the colon of \`${entry}\` needs the colon; \`:[*]\` is any port or none.`
  }
  return `Spring refuses it: there the text of \`${entry}\` is compared as it is written, not as browsers write it.`
}
