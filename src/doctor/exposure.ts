import type { Answer, Failure } from './answer.js'
import { headerLines } from './cors.js'
import { troubled, type Check, type Finding } from './finding.js'
import type { WebsocketOutcome } from './probe-websocket.js'

/** An origin that no list names: `.invalid` belongs to nobody (RFC 6761 section 6.4). */
export const OTHER_ORIGIN = 'https://gatehouse-doctor.invalid'

/** Transports that work by script, frame or page, which no CORS check guards. */
export const FOREIGN_TRANSPORTS = ['jsonp', 'htmlfile', 'iframe'] as const

const LIST_MEND = 'keep a list of origins at the gateway, which refuses all others on HTTP and on upgrade, as Gatehouse does'

/** Judges /info asked by a page on OTHER_ORIGIN. */
export function judgeOtherOrigin (outcome: Answer | Failure): Finding {
  const allowed = outcome.kind === 'answer' && outcome.status < 300
    ? headerLines(outcome.rawHeaders, 'access-control-allow-origin')
    : []
  return judge('other origin', allowed.includes(OTHER_ORIGIN) || allowed.includes('*'), {
    open: 'any site may read the answers: an origin that nobody can have listed is allowed',
    closed: 'a page on an origin that is not listed may not read',
    mend: LIST_MEND
  })
}

/** Judges an upgrade from a page on OTHER_ORIGIN: CORS headers guard no WebSocket. */
export function judgeOtherUpgrade (outcome: WebsocketOutcome): Finding {
  return judge('websocket, other origin', outcome.kind === 'opened', {
    open: 'any site may open WebSockets with the cookies of its visitors: CORS headers guard no upgrade',
    closed: 'an upgrade from an origin that is not listed is refused',
    mend: LIST_MEND
  })
}

/** Judges a transport asked for as a foreign page's `<script>` or `<iframe>` does, without Origin. */
export function judgeForeignTransport (
  transport: typeof FOREIGN_TRANSPORTS[number], outcome: Answer | Failure
): Finding {
  if (outcome.kind === 'failure') return { severity: 'ok', check: transport, code: 'ok', message: 'no answer' }
  const isOpen = outcome.status < 300 && !isFrameGuarded(outcome)
  return judge(transport, isOpen, {
    open: transport === 'jsonp'
      ? 'open, and any site can read it: no origin check guards a <script>'
      : 'open, and any site can put it into a frame: its page runs on this origin',
    closed: 'closed to other sites',
    mend: 'switch it off: browsers of today need it no more (Gatehouse leaves it out of SOCKJS_TRANSPORTS by default; ' +
      'Spring closes it once allowed origins are set)'
  })
}

/** Who may frame a page: the newest rule wins where there is one (CSP 3, `frame-ancestors`). */
function isFrameGuarded ({ rawHeaders }: Answer): boolean {
  const ancestors = headerLines(rawHeaders, 'content-security-policy')
    .flatMap(policy => /(?:^|;)\s*frame-ancestors\s([^;]*)/i.exec(policy)?.[1] ?? [])
  if (ancestors.length > 0) return ancestors.some(list => !/(?:^|\s)(?:\*|https?:(?:\/\/\*)?)(?:\s|$)/.test(list))
  return headerLines(rawHeaders, 'x-frame-options').some(value => /^(?:deny|sameorigin)$/i.test(value))
}

interface Told { readonly open: string, readonly closed: string, readonly mend: string }

function judge (check: Check, isOpen: boolean, told: Told): Finding {
  return isOpen
    ? troubled(check, 'warning', { code: 'open-to-any-site', message: told.open, mend: told.mend })
    : { severity: 'ok', check, code: 'ok', message: told.closed }
}
