import { createAllowListBuilder } from './allow-list.js'
import { compileOwnOrigins, createGate, type DecideOrigin, type OriginDecision } from './decide.js'
import { lintEntry, type EntryVerdict } from './entry.js'
import { mendOrigin } from './mend.js'
import { findNearMisses, type NearMiss } from './near-miss.js'
import { parseOrigin } from './origin.js'
import { compareWithSpring, type SpringDifference } from './spring-difference.js'
import { runAtOnce, runInSlices, type Steps } from './steps.js'

/** Why the gate lets an origin in or not, for a person and, as JSON, for a script. */
export interface Explanation {
  /** As it was asked. */
  readonly origin: string
  readonly allowed: boolean
  /** The gate's reason: `listed`, `own`, `malformed`, `null`, `not-listed`, `empty` or `policy-failed`. */
  readonly reason: OriginDecision['reason']
  /** The entry that lets it in, as written. */
  readonly entry?: string
  /** Whole sentences. They quote what was asked: mind control characters before a terminal gets them. */
  readonly message: string
  /** Of a malformed origin: what a browser would send instead, and whether that is let in. */
  readonly meant?: { readonly origin: string, readonly allowed: boolean, readonly entry?: string }
  /** At most five entries, nearest first, that all but cover the origin, or what it was meant to be. */
  readonly misses: readonly NearMiss[]
  /** Only where Spring's `setAllowedOriginPatterns` with the same entries says otherwise. */
  readonly spring?: SpringDifference
}

/**
 * Explains what a gate with these lists says to an origin; any text may be asked. Refused entries let nobody
 * in, and are told among the misses.
 * @throws AllowListError when `own` (PUBLIC_ORIGINS) holds anything but exact origins
 */
export function explain (
  origin: string, { entries, own = [] }: { entries: readonly string[], own?: readonly string[] }
): Explanation {
  const verdicts = entries.map(lintEntry)
  const builder = createAllowListBuilder()
  for (const verdict of verdicts) if (verdict.pattern !== undefined) builder.add(verdict)
  const gate = { policy: builder.build().allowList, own: compileOwnOrigins(own).allowList }
  return explainDecision(origin, { decide: createGate({ ...gate, missingOnUpgrade: 'deny' }), verdicts })
}

type Answer = Exclude<OriginDecision, { reason: 'absent' }>

/** A gate that stands, and the verdicts of the entries it decides by, as far as it decides by entries. */
interface StandingGate { readonly decide: DecideOrigin, readonly verdicts: readonly EntryVerdict[] }

/** The same for a gate that stands already. */
export function explainDecision (origin: string, gate: StandingGate): Explanation {
  return runAtOnce(explaining(origin, gate))
}

/**
 * The same beside live traffic: a long list takes a second of work, which is done in slices. `pause` resolves
 * in a later turn of the event loop. The gate is asked before the first.
 */
export async function explainInSlices (
  origin: string, { pause, ...gate }: StandingGate & { pause: () => Promise<void> }
): Promise<Explanation> {
  return await runInSlices(explaining(origin, gate), pause)
}

function * explaining (origin: string, { decide, verdicts }: StandingGate): Steps<Explanation> {
  // An Origin is sent, so it is never absent.
  const ask = (text: string) =>
    decide({ origins: [text], fetchSites: [], door: 'http', sockjs: false }) as Answer
  const decision = ask(origin)
  if (decision.allowed) return yield * explainAllowed(origin, decision, verdicts)
  const { reason, message } = decision
  const base = { origin, allowed: false, reason }
  // `wss://a.test` is well-formed, and yet no page has it.
  const isMistaken = reason === 'malformed' || (reason === 'not-listed' && /^wss?:/i.test(origin))
  if (isMistaken) return { ...base, ...yield * explainMistaken(origin, ask, verdicts) }
  if (reason !== 'not-listed' && reason !== 'null') return { ...base, message: `${message}.`, misses: [] }
  const spring = yield * compareWithSpring(origin, undefined, verdicts)
  return {
    ...base,
    message: describeUnlisted(origin, verdicts),
    misses: yield * missesOf(origin, verdicts),
    ...(spring && { spring })
  }
}

function * explainAllowed (
  origin: string, { reason, entry }: Answer & { allowed: true }, verdicts: readonly EntryVerdict[]
): Steps<Explanation> {
  const canonical = canonicalOf(origin)
  const respelled = canonical === origin ? '' : ` It counts as "${canonical}", which is what browsers send.`
  if (reason === 'own') {
    const message = `It is allowed: \`${entry}\` is one of the gateway's own origins (PUBLIC_ORIGINS).${respelled}`
    return { origin, allowed: true, reason, entry, message, misses: [] }
  }
  // A policy of a team's own names rules, not entries: what Spring would say to these is nobody's question.
  const isEntry = verdicts.some(verdict => verdict.entry === entry)
  const spring = isEntry ? yield * compareWithSpring(origin, entry, verdicts) : undefined
  const message = `It is allowed by \`${entry}\`.${respelled}`
  return { origin, allowed: true, reason, entry, message, misses: [], ...(spring && { spring }) }
}

function * explainMistaken (
  origin: string, ask: (text: string) => Answer, verdicts: readonly EntryVerdict[]
): Steps<Pick<Explanation, 'message' | 'meant' | 'misses' | 'spring'>> {
  const { faults, meant } = mendOrigin(origin)
  const text = meant === 'null' ? meant : meant?.origin
  const mended = text === undefined ? undefined : ask(text) // before a pause, as the list may change in one
  const spring = yield * compareWithSpring(origin, undefined, verdicts)
  const refusal = `It is refused, because no page has such an origin: ${faults.join('; ')}.`
  if (text === undefined || mended === undefined) {
    return { message: refusal, misses: [], ...(spring && { spring }) }
  }
  const entry = mended.allowed ? mended.entry : undefined
  const hope = entry === undefined ? 'That is refused, too.' : `That is allowed by \`${entry}\`.`
  return {
    message: `${refusal} A browser sends "${text}". ${hope}`,
    meant: { origin: text, allowed: mended.allowed, ...(entry !== undefined && { entry }) },
    misses: mended.allowed ? [] : yield * missesOf(text, verdicts),
    ...(spring && { spring })
  }
}

function describeUnlisted (origin: string, verdicts: readonly EntryVerdict[]): string {
  if (verdicts.length === 0) return 'It is refused: the allow-list is empty, so nothing cross-origin passes.'
  if (origin === 'null') {
    return 'It is refused: "null" is what sandboxed frames, local files, data: pages and cross-origin redirects ' +
      'send, and only the entry `null` covers it. Serve the page over https, and list that origin.'
  }
  const canonical = canonicalOf(origin)
  const respelled = canonical === origin ? '' : ` (it counts as "${canonical}")`
  const { length } = verdicts
  const covered = length === 1 ? 'its one entry does not cover it' : `none of its ${length} entries covers it`
  return `It is refused: it is not on the allow-list${respelled}; ${covered}.`
}

function * missesOf (origin: string, verdicts: readonly EntryVerdict[]): Steps<NearMiss[]> {
  const parsed = origin === 'null' ? origin : parseOrigin(origin)
  /* c8 ignore next -- asked only about origins that the gate has parsed */
  return parsed === undefined ? [] : yield * findNearMisses(parsed, verdicts)
}

/** The spelling that is compared; what is no tuple origin stays as it is. */
const canonicalOf = (origin: string): string => parseOrigin(origin)?.origin ?? origin
