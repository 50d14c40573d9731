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

/** Nothing further in is reached: each further check would find the same. */
const STOPS = new Set(['connection-refused', 'unknown-host', 'unreachable', 'certificate', 'tls', 'not-http',
  'timed-out', 'broken-off', 'redirect', 'bad-gateway', 'not-found', 'not-sockjs'])

/** Judges GET /info as a page on `origin` sends it, and without Origin as the service's own page does. */
export function judgeInfo (asked: Asked, withOrigin: Outcome, without: Outcome): InfoResult {
  const [page, own] = [readInfo(asked, withOrigin, asked.origin), readInfo(asked, without, undefined)]
  const findings = [
    ...judgePage(asked, withOrigin, page.trouble, own.trouble),
    ...judgeOwn(without, own.trouble, page.trouble === undefined)
  ]
  return {
    findings,
    goOn: !findings.some(({ severity, code }) => severity === 'fault' && STOPS.has(code)),
    websocket: page.websocket && own.websocket
  }
}

function judgePage (
  { url, origin }: Asked, outcome: Outcome, trouble: Trouble | undefined, ownTrouble: Trouble | undefined
): Finding[] {
  if (outcome.kind === 'answer' && trouble === undefined) {
    const troubles = origin === new URL(url).origin ? [] : findCorsTroubles(outcome, origin)
    if (troubles.length > 0) return troubles.map(each => troubled('info', severityOf(each), each))
    return [{ severity: 'ok', check: 'info', code: 'ok', message: `${outcome.status}, and the page may read it` }]
  }
  return [troubled('info', 'fault', withContrast(trouble as Trouble, ownTrouble))]
}

/** A page on another origin needs no answer without Origin: where its own is fine, this is told and no more. */
function judgeOwn (outcome: Outcome, trouble: Trouble | undefined, isPageFine: boolean): Finding[] {
  const check = 'info without Origin'
  if (outcome.kind !== 'answer' || trouble !== undefined) {
    return [troubled(check, isPageFine ? 'note' : 'fault', trouble as Trouble)]
  }
  if (!headerLines(outcome.rawHeaders, 'access-control-allow-origin').includes('*')) {
    return [{ severity: 'ok', check, code: 'ok', message: `${outcome.status}, a SockJS service` }]
  }
  return [troubled(check, 'warning', {
    code: 'open-to-any-site',
    message: 'without Origin the answer says "Access-Control-Allow-Origin: *", as sockjs-node does: any site may read ' +
      'what a cache keeps of it',
    mend: 'let the gateway write the CORS headers and delete the instance\'s, as Gatehouse does'
  })]
}

/** The same request answered without Origin: then the origin is what is refused, whatever the body says. */
function withContrast (trouble: Trouble, own: Trouble | undefined): Trouble {
  if (own !== undefined) return trouble
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

function readInfo (
  { url, timeoutMs }: Asked, outcome: Outcome, origin: string | undefined
): { trouble: Trouble | undefined, websocket: boolean } {
  const trouble = outcome.kind === 'failure'
    ? explainFailure(outcome, url, timeoutMs)
    : explainRefusal(outcome, { url, origin })
  if (trouble !== undefined || outcome.kind === 'failure') return { trouble, websocket: true }
  const info = parseInfo(outcome)
  return info === undefined
    ? { trouble: notSockjs(outcome), websocket: true }
    : { trouble: undefined, ...info }
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
