import { type AllowList, AllowListError, compileAllowList } from './allow-list.js'
import { type EntryVerdict, lintEntry } from './entry.js'
import { parseOrigin } from './origin.js'
import { isNo, type OriginPolicy } from './policy.js'
import { describeRefusal, type RefusalReason } from './refusal.js'

/** Which kind of traffic asks: plain HTTP, a CORS preflight, or an upgrade. */
export type Door = 'http' | 'preflight' | 'upgrade'

/** All that a decision rests on. Lines are the raw values of the request head, of exact text and number. */
export interface OriginQuestion {
  readonly origins: readonly string[]
  readonly fetchSites: readonly string[]
  readonly door: Door
  /** Whether the request goes to a SockJS route: its GETs can be made by any page without CORS. */
  readonly sockjs: boolean
  /** The request's Host, for policies that differ by it; '' when left out. */
  readonly host?: string
}

/**
 * The gate's answer. `origin` is what Access-Control-Allow-Origin echoes: the bytes the client sent, since
 * browsers compare with their own spelling. `entry` is the allow-list entry, as written, that matched.
 * `message` is safe to send to the client; `cause` is for the log: what a policy threw.
 */
export type OriginDecision =
  | { allowed: true, reason: 'listed' | 'own', origin: string, entry: string }
  | { allowed: true, reason: 'absent' }
  | { allowed: false, reason: RefusalReason, message: string, cause?: Error }

/** The one question every door asks; nobody else decides about origins. */
export type DecideOrigin = (question: OriginQuestion) => OriginDecision

/** What a missing Origin means for a WebSocket upgrade (MISSING_ORIGIN_ON_UPGRADE). */
export type MissingOnUpgrade = 'allow' | 'deny'

/** What every door is judged by. `own` goes first: the gateway's own origins cannot be locked out. */
interface GateOptions {
  readonly policy: OriginPolicy
  readonly own: AllowList
  readonly missingOnUpgrade: MissingOnUpgrade
  /** Where refusals tell people to add an origin; ALLOWED_ORIGINS when left out. */
  readonly listName?: string | undefined
}

interface DecideOptions {
  /** ALLOWED_ORIGINS, split into entries. */
  readonly allowed: readonly string[]
  /** PUBLIC_ORIGINS: the gateway's own origins, exact ones only. */
  readonly own: readonly string[]
  readonly missingOnUpgrade: MissingOnUpgrade
}

/** A structured-field item (Fetch Metadata section 2.1); a list, sent by no browser, counts by any member. */
const FOREIGN_SITE = /(?:^|,)\s*(?:cross|same)-site\s*(?:[,;]|$)/i

/**
 * The function the gate asks, over any policy. What is no single well-formed Origin never reaches the policy;
 * one that throws, or answers with anything but a name, refuses.
 */
export function createGate (options: GateOptions): DecideOrigin {
  return question => {
    const origin = question.origins[0] // to take it out by an iterator costs as much as to look it up
    if (origin === undefined) return decideAbsent(question, options.missingOnUpgrade)
    if (question.origins.length > 1) return refuse('duplicate')
    return decidePresent(origin, question, options)
  }
}

/**
 * The same over a fixed list. `warnings` are the verdicts of both lists somebody should see at start;
 * `allowList` is the one of `allowed`.
 * @throws AllowListError that lists every refused entry of both lists
 */
export function createDecideOrigin (
  { allowed, own, missingOnUpgrade }: DecideOptions
): { decideOrigin: DecideOrigin, warnings: EntryVerdict[], allowList: AllowList } {
  const faults = [...allowed.map(lintEntry), ...own.map(lintOwnOrigin)].filter(({ verdict }) => verdict === 'reject')
  if (faults.length > 0) throw new AllowListError(faults)
  const listed = compileAllowList(allowed)
  const ours = compileOwnOrigins(own)
  return {
    decideOrigin: createGate({ policy: listed.allowList, own: ours.allowList, missingOnUpgrade }),
    warnings: [...listed.warnings, ...ours.warnings],
    allowList: listed.allowList
  }
}

/**
 * Compiles PUBLIC_ORIGINS: exact origins only.
 * @throws AllowListError that lists every refused entry
 */
export function compileOwnOrigins (own: readonly string[]): ReturnType<typeof compileAllowList> {
  const faults = own.map(lintOwnOrigin).filter(({ verdict }) => verdict === 'reject')
  if (faults.length > 0) throw new AllowListError(faults)
  return compileAllowList(own)
}

function decidePresent (
  origin: string, { door, host = '' }: OriginQuestion, { policy, own, listName }: GateOptions
): OriginDecision {
  const parsed = origin === 'null' ? origin : parseOrigin(origin)
  if (parsed === undefined) return /^[ \t]*$/.test(origin) ? refuse('empty') : refuse('malformed', origin)
  const ownEntry = own.match(parsed)
  if (ownEntry !== undefined) return { allowed: true, reason: 'own', origin, entry: ownEntry }
  let entry: unknown
  try {
    entry = policy.match(parsed, { door, host })
    // A name, and only a name, lets in: a promise, most likely of an async function, is not even a truth.
    if (typeof entry === 'string' && entry !== '') return { allowed: true, reason: 'listed', origin, entry }
    if (isNo(entry)) return refuse(parsed === 'null' ? 'null' : 'not-listed', origin, listName)
    if (entry instanceof Promise) entry.catch(() => {})
    throw new TypeError('match() of an origin policy must return a name or undefined, at once; ' +
      `it returned ${entry instanceof Promise ? 'a promise' : `a ${typeof entry}`}`)
  } catch (error) {
    const cause = error instanceof Error ? error : new Error('it threw what is no Error', { cause: error })
    return { ...refuse('policy-failed'), cause }
  }
}

/** A native client, a same-origin GET, or another site's no-cors probe, which only Sec-Fetch-Site betrays. */
function decideAbsent (
  { door, sockjs, fetchSites }: OriginQuestion, missingOnUpgrade: MissingOnUpgrade
): OriginDecision {
  if (door === 'preflight') return refuse('missing')
  const fromForeignSite = fetchSites.some(site => FOREIGN_SITE.test(site))
  if (fromForeignSite && (sockjs || door === 'upgrade')) return refuse('cross-site')
  return door === 'upgrade' && missingOnUpgrade === 'deny' ? refuse('missing') : { allowed: true, reason: 'absent' }
}

function refuse (
  reason: RefusalReason, origin?: string, listName?: string
): OriginDecision & { allowed: false } {
  return { allowed: false, reason, message: describeRefusal(reason, origin, listName) }
}

/** A wildcard would let a neighbour pass for the gateway itself. */
function lintOwnOrigin (entry: string): EntryVerdict {
  const verdict = lintEntry(entry)
  const { pattern } = verdict
  if (pattern === undefined) return verdict
  if (pattern.kind === 'origins' && pattern.ports.length === 1 && !pattern.host.includes('*')) return verdict
  return {
    entry: verdict.entry,
    verdict: 'reject',
    messages: ['only exact origins can be the gateway\'s own (PUBLIC_ORIGINS): write each one, as "https://chat.example.com"']
  }
}
