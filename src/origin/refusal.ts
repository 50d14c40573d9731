import { harmless } from './printable.js'

/** Why the gate said no; logs use these names. */
export type RefusalReason =
  'duplicate' | 'empty' | 'malformed' | 'null' | 'not-listed' | 'missing' | 'cross-site' | 'policy-failed'

const MAX_QUOTED_LENGTH = 80

/**
 * What the client is told: the reason and its mend, in one sentence. `origin` is quoted in part and only with
 * characters that are harmless in HTML, JSON, a header or a terminal, because an attacker wrote it.
 * `listName` is where people add origins.
 */
export function describeRefusal (reason: RefusalReason, origin = '', listName = 'ALLOWED_ORIGINS'): string {
  switch (reason) {
    case 'duplicate': return 'The request has more than one Origin header: send exactly one'
    case 'empty': return 'The Origin header is empty: send the origin of the page, or leave the header out'
    case 'malformed': return `The Origin "${quotable(origin)}" is not a serialized origin: ` +
      'send scheme://host[:port] and nothing else'
    case 'null': return 'The Origin "null" (sandboxed frame, local file, data: page or cross-origin redirect) is not ' +
      `allowed: serve the page over https from an origin in ${listName}`
    case 'not-listed': return `The Origin "${quotable(origin)}" is not on the allow-list: add it to ${listName}`
    case 'missing': return 'The request has no Origin header: send the origin of the page ' +
      '(for an upgrade, MISSING_ORIGIN_ON_UPGRADE=allow does without)'
    case 'cross-site': return 'Sec-Fetch-Site names another site and there is no Origin header: ' +
      'make the request with CORS, as fetch, XMLHttpRequest and WebSocket do'
    case 'policy-failed': return "The gateway's origin policy failed, so it lets nobody in: the gateway's log has the cause"
  }
}

/** Longer Origins are no browser's; logs and rankings keep their beginning. */
const SHOWN_LENGTH = 256

/** The Origin lines of a request as logs and rankings show them: cut, and harmless to a terminal. */
export function shownOrigin (origins: readonly string[]): string {
  return harmless(origins.join(' | ').slice(0, SHOWN_LENGTH))
}

/** Looked for first: nearly all origins have none, and to replace nothing takes twice as long. */
const UNQUOTABLE = /[^A-Za-z0-9:/._[\]-]/

function quotable (origin: string): string {
  const quoted = origin.slice(0, MAX_QUOTED_LENGTH)
  const safe = UNQUOTABLE.test(quoted) ? quoted.replace(/[^A-Za-z0-9:/._[\]-]/g, '?') : quoted
  return origin.length > MAX_QUOTED_LENGTH ? `${safe}...` : safe
}
