import type { Answer, Failure } from './answer.js'
import { findCorsTroubles, headerLines } from './cors.js'
import { explainFailure } from './failure.js'
import { troubled, type Finding, type Trouble } from './finding.js'
import { explainRefusal } from './refusal.js'

/** What the two requests for /info told. */
export interface InfoResult {
  readonly findings: Finding[]
  /** The service is reached and there is more to ask. */
  readonly goOn: boolean
  /** The service says that it takes WebSockets. */
  readonly websocket: boolean
}

/** Where, for whom and how long was asked. */
export interface Asked { readonly url: string, readonly origin: string, readonly timeoutMs: number }

type Outcome = Answer | Failure

/** An /info that could be read, or why not. */
type Read =
  | { readonly trouble: Trouble }
  | { readonly trouble?: undefined, readonly answer: Answer, readonly websocket: boolean }

/** Nothing further in is reached: each further check would find the same. */
const STOPS = new Set(['connection-refused', 'unknown-host', 'unreachable', 'certificate', 'tls', 'not-http',
  'timed-out', 'broken-off', 'redirect', 'bad-gateway', 'not-found', 'not-sockjs'])

/** Judges GET /info as a page on `origin` sends it, and without Origin as the service's own page does. */
export function judgeInfo (asked: Asked, withOrigin: Outcome, without: Outcome): InfoResult {
  const page = readInfo(asked, withOrigin, asked.origin)
  const own = readInfo(asked, without, undefined)
  const findings = [...judgePage(asked, page, own), judgeOwn(own, page)]
  return {
    findings,
    goOn: !findings.some(({ severity, code }) => severity === 'fault' && STOPS.has(code)),
    websocket: page.trouble !== undefined || page.websocket
  }
}

function judgePage ({ url, origin }: Asked, page: Read, own: Read): Finding[] {
  if (page.trouble !== undefined) {
    return [troubled('info', 'fault', own.trouble === undefined ? withContrast(page.trouble) : page.trouble)]
  }
  const troubles = origin === new URL(url).origin ? [] : findCorsTroubles(page.answer, origin)
  if (troubles.length > 0) return troubles.map(each => troubled('info', severityOf(each), each))
  return [{ severity: 'ok', check: 'info', code: 'ok', message: `${page.answer.status}, and the page may read it` }]
}

/** A page on another origin needs no answer without Origin: where its own is fine, this is a note. */
function judgeOwn (own: Read, page: Read): Finding {
  const check = 'info without Origin'
  if (own.trouble !== undefined) {
    return troubled(check, page.trouble === undefined ? 'note' : 'fault', own.trouble)
  }
  if (!headerLines(own.answer.rawHeaders, 'access-control-allow-origin').includes('*')) {
    return { severity: 'ok', check, code: 'ok', message: `${own.answer.status}, a SockJS service` }
  }
  return troubled(check, 'warning', {
    code: 'open-to-any-site',
    message: 'without Origin the answer says "Access-Control-Allow-Origin: *", as sockjs-node does: any site may read ' +
      'what a cache keeps of it',
    mend: 'let the gateway write the CORS headers and delete the instance\'s, as Gatehouse does'
  })
}

/**
 * A refusal, where the same request is answered without Origin: then the origin is what is refused, whatever
 * the body says. Browsers leave no other way to tell an origin check from a missing login.
 */
export function withContrast (trouble: Trouble): Trouble {
  if (trouble.code === 'spring-refused') {
    return { ...trouble, message: `${trouble.message}. Without Origin it answers` }
  }
  if (trouble.code !== 'refused') return trouble
  return {
    code: 'origin-refused',
    message: `${trouble.message}, and only because of the Origin: the same request without it is answered`,
    mend: 'ask each hop by itself (--instance, --hop) to find who checks origins, and let Gatehouse alone do so'
  }
}

function readInfo ({ url, timeoutMs }: Asked, outcome: Outcome, origin: string | undefined): Read {
  if (outcome.kind === 'failure') return { trouble: explainFailure(outcome, url, timeoutMs) }
  const refusal = explainRefusal(outcome, { url, origin })
  if (refusal !== undefined) return { trouble: refusal }
  const info = parseInfo(outcome)
  return info === undefined ? { trouble: notSockjs(outcome) } : { answer: outcome, ...info }
}

/** sockjs-protocol 0.3.3, "Protocol: Info": a JSON object with these members. */
function parseInfo ({ body }: Answer): { websocket: boolean } | undefined {
  try {
    const info = JSON.parse(body) as unknown
    if (typeof info !== 'object' || info === null || !('websocket' in info)) return undefined
    return { websocket: info.websocket !== false }
  } catch {
    return undefined
  }
}

function notSockjs ({ status, body, ended }: Answer): Trouble {
  const what = ended === 'time-out' || ended === 'broken'
    ? 'a body that breaks off'
    : body.trimStart().startsWith('<') ? 'an HTML page' : 'no JSON with a "websocket" member'
  return {
    code: 'not-sockjs',
    message: `${status}, but /info has ${what}: this is no SockJS endpoint`,
    mend: 'check the path: a web server often answers unknown paths with its start page. It has to end in the endpoint ' +
      '(Spring: addEndpoint("/ws-stomp").withSockJS()), behind Gatehouse after STOMP_PREFIX'
  }
}

function severityOf ({ code }: Trouble): 'fault' | 'warning' {
  return code === 'vary-missing' ? 'warning' : 'fault'
}
