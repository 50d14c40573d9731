import { type AllowList, AllowListError, compileAllowList } from './allow-list.js'
import { type EntryVerdict, lintEntry } from './entry.js'
import { parseOrigin } from './origin.js'
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
}

/**
 * The gate's answer. `origin` is what Access-Control-Allow-Origin echoes: the bytes the client sent, since
 * browsers compare with their own spelling. `entry` is the allow-list entry, as written, that matched.
 * `message` is safe to send to the client.
 */
export type OriginDecision =
  | { allowed: true, reason: 'listed' | 'own', origin: string, entry: string }
  | { allowed: true, reason: 'absent' }
  | { allowed: false, reason: RefusalReason, message: string }

/** The one question every door asks; nobody else decides about origins. */
export type DecideOrigin = (question: OriginQuestion) => OriginDecision

interface DecideOptions {
  /** ALLOWED_ORIGINS, split into entries. */
  readonly allowed: readonly string[]
  /** PUBLIC_ORIGINS: the gateway's own origins, exact ones only. */
  readonly own: readonly string[]
  readonly missingOnUpgrade: 'allow' | 'deny'
}

/** A structured-field item (Fetch Metadata section 2.1); a list, sent by no browser, counts by any member. */
const FOREIGN_SITE = /(?:^|,)\s*(?:cross|same)-site\s*(?:[,;]|$)/i

/**
 * Compiles the settings into the function the gate asks. `warnings` are the verdicts of both lists somebody
 * should see at start; `allowList` is the one of `allowed`.
 * @throws AllowListError that lists every refused entry of both lists
 */
export function createDecideOrigin (
  options: DecideOptions
): { decideOrigin: DecideOrigin, warnings: EntryVerdict[], allowList: AllowList } {
  const faults = [...options.allowed.map(lintEntry), ...options.own.map(lintOwnOrigin)]
    .filter(({ verdict }) => verdict === 'reject')
  if (faults.length > 0) throw new AllowListError(faults)
  const listed = compileAllowList(options.allowed)
  const own = compileAllowList(options.own)

  function decideOrigin (question: OriginQuestion): OriginDecision {
    const [origin] = question.origins
    if (origin === undefined) return decideAbsent(question, options.missingOnUpgrade)
    if (question.origins.length > 1) return refuse('duplicate')
    return decidePresent(origin, listed.allowList, own.allowList)
  }
  return { decideOrigin, warnings: [...listed.warnings, ...own.warnings], allowList: listed.allowList }
}

function decidePresent (origin: string, listed: AllowList, own: AllowList): OriginDecision {
  if (/^[ \t]*$/.test(origin)) return refuse('empty')
  const parsed = origin === 'null' ? origin : parseOrigin(origin)
  if (parsed === undefined) return refuse('malformed', origin)
  const ownEntry = own.match(parsed)
  if (ownEntry !== undefined) return { allowed: true, reason: 'own', origin, entry: ownEntry }
  const entry = listed.match(parsed)
  if (entry !== undefined) return { allowed: true, reason: 'listed', origin, entry }
  return refuse(parsed === 'null' ? 'null' : 'not-listed', origin)
}

/** A native client, a same-origin GET, or another site's no-cors probe, which only Sec-Fetch-Site betrays. */
function decideAbsent (
  { door, sockjs, fetchSites }: OriginQuestion, missingOnUpgrade: DecideOptions['missingOnUpgrade']
): OriginDecision {
  if (door === 'preflight') return refuse('missing')
  const fromForeignSite = fetchSites.some(site => FOREIGN_SITE.test(site))
  if (fromForeignSite && (sockjs || door === 'upgrade')) return refuse('cross-site')
  return door === 'upgrade' && missingOnUpgrade === 'deny' ? refuse('missing') : { allowed: true, reason: 'absent' }
}

function refuse (reason: RefusalReason, origin?: string): OriginDecision {
  return { allowed: false, reason, message: describeRefusal(reason, origin) }
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
