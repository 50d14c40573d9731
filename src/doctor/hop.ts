import { randomInt, randomUUID } from 'node:crypto'
import { isLoopback } from '../origin/host.js'
import type { Answer, Failure, Until } from './answer.js'
import {
  FOREIGN_TRANSPORTS, judgeForeignTransport, judgeOtherOrigin, judgeOtherUpgrade, OTHER_ORIGIN
} from './exposure.js'
import { troubled, type Finding } from './finding.js'
import { judgeInfo } from './info.js'
import { findMixedContent } from './mixed-content.js'
import { judgePreflight } from './preflight.js'
import { probeHttp, type HttpAsk } from './probe-http.js'
import { probeWebsocket } from './probe-websocket.js'
import { judgeOpening, judgePoll, judgeSending } from './session.js'
import { isStreamSeen, judgeStream, STREAMS } from './stream.js'
import { judgeWebsocket, switchedOff } from './websocket.js'

/** A place on the way that is asked: the SockJS endpoint's URL there, without a slash at its end. */
export interface Hop {
  readonly name: string
  /** `public` is what the page uses, an `instance` the service itself, a `hop` anything between. */
  readonly kind: 'public' | 'hop' | 'instance'
  readonly url: string
}

/** How every hop is asked. */
export interface Visit {
  /** The page's origin, as a browser serializes it, or `null`. */
  readonly origin: string
  /** ms for each step. */
  readonly timeoutMs: number
  /** ms that what has opened is given to end again. */
  readonly settleMs: number
  /** Any certificate will do. */
  readonly insecure: boolean
}

/** Recognizable in logs, and not taken for a bot's by those who look for a browser's prefix. */
const USER_AGENT = 'Mozilla/5.0 (compatible; gatehouse-doctor)'

/**
 * Does what a page on this origin would, in its order, with 15 requests at most; what it finds comes in the
 * same order. It ends early when the hop is not to be reached. Nothing is left open, and no message is sent
 * to the service: what goes into the session is an empty list.
 */
export async function examineHop ({ kind, url }: Hop, visit: Visit): Promise<Finding[]> {
  // The page asks the public URL alone; what lies behind is asked by servers.
  const blocked = kind === 'public' ? findMixedContent(visit.origin, url) : undefined
  const findings = await examineEndpoint(url, visit)
  return blocked === undefined ? findings : [troubled('info', 'fault', blocked), ...findings]
}

async function examineEndpoint (url: string, visit: Visit): Promise<Finding[]> {
  const asked = { url, ...visit }
  const page = { origin: visit.origin }
  const info = `${url}/info?t=${Date.now()}`
  const told = judgeInfo(asked, ...await Promise.all([get(visit, info, page), get(visit, info)]))
  if (!told.goOn) return told.findings
  const preflighted = judgePreflight(asked, await preflight(visit, sessionUrl(url, 'xhr_send')))
  const websocket = await examineWebsocket(url, visit, told.websocket)
  const session = await examineSession(url, visit)
  return [
    ...told.findings,
    preflighted,
    ...websocket,
    ...session.findings,
    ...await examineStreams(url, visit, session.openingMs),
    ...await examineOtherSites(url, visit)
  ]
}

async function examineWebsocket (base: string, visit: Visit, isOffered: boolean): Promise<Finding[]> {
  if (!isOffered) return [switchedOff('/info says "websocket":false')]
  const open = async (page: Record<string, string>) => await probeWebsocket({
    ...visit, url: sessionUrl(base, 'websocket'), headers: { ...page, 'user-agent': USER_AGENT }
  })
  const opensWithout = async () => (await open({})).kind === 'opened'
  const outcome = await open({ origin: visit.origin })
  const finding = await judgeWebsocket({ url: base, ...visit }, outcome, opensWithout)
  // One that opens for nobody opens for no stranger.
  if (finding.severity !== 'ok') return [finding]
  return [finding, judgeOtherUpgrade(await open({ origin: OTHER_ORIGIN }))]
}

/**
 * One polling session, and the ms it took to open. Its poll is open while messages are sent, as it is in a
 * page.
 */
async function examineSession (
  base: string, visit: Visit
): Promise<{ readonly findings: Finding[], readonly openingMs: number }> {
  const asked = { url: base, ...visit }
  const session = newSession(base)
  const opened = await post(visit, `${session}/xhr`, { until: body => body.endsWith('\n') })
  const openingMs = opened.kind === 'answer' ? opened.tookMs : visit.timeoutMs
  const opening = judgeOpening(asked, opened)
  if (opening.severity !== 'ok') return { findings: [opening], openingMs }
  const send = async () => await post(visit, `${session}/xhr_send`, { body: '[]' })
  // This one goes out before the poll, which would open the session anew at an instance that lacks it.
  const first = await send()
  const leaving = new AbortController()
  // Longer than the message sent meanwhile may take: it is the one to end first.
  const poll = post({ ...visit, timeoutMs: 2 * visit.timeoutMs }, `${session}/xhr`, { signal: leaving.signal })
  const sending = judgeSending(asked, [first, await send()])
  const timer = setTimeout(() => leaving.abort(), visit.settleMs)
  const polled = judgePoll(asked, await poll)
  clearTimeout(timer)
  return { findings: [opening, sending, polled], openingMs }
}

/** Compression is accepted as browsers do: where a proxy compresses, it shows. */
async function examineStreams (base: string, visit: Visit, openingMs: number): Promise<Finding[]> {
  return await Promise.all(STREAMS.map(async stream => {
    const headers = { 'accept-encoding': 'gzip, deflate, br' }
    const reading = { url: sessionUrl(base, stream), until: isStreamSeen(stream), settleMs: visit.settleMs }
    const outcome = stream === 'eventsource'
      ? await ask(visit, { ...reading, method: 'GET', headers: { ...headers, ...EVENTSOURCE, origin: visit.origin } })
      : await post(visit, reading.url, { ...reading, headers })
    return judgeStream({ url: base, ...visit, openingMs }, stream, outcome)
  }))
}

/** HTML, "The EventSource interface". */
const EVENTSOURCE = { accept: 'text/event-stream', 'cache-control': 'no-store' }

async function examineOtherSites (base: string, visit: Visit): Promise<Finding[]> {
  const other = get(visit, `${base}/info?t=${Date.now()}`, { origin: OTHER_ORIGIN }).then(judgeOtherOrigin)
  return await Promise.all([other, ...FOREIGN_TRANSPORTS.map(async transport => {
    const url = transport === 'iframe' ? `${base}/iframe.html` : `${sessionUrl(base, transport)}?c=callback`
    return judgeForeignTransport(transport, await get(visit, url, foreignHeaders(url, transport)))
  })])
}

/** What a browser tells of a `<script>` or `<iframe>` on another site: on https and on this machine only. */
function foreignHeaders (url: string, transport: string): Record<string, string> {
  const { protocol, hostname } = new URL(url)
  if (protocol !== 'https:' && !isLoopback(hostname)) return {}
  return {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': transport === 'jsonp' ? 'no-cors' : 'navigate',
    'sec-fetch-dest': transport === 'jsonp' ? 'script' : 'iframe'
  }
}

type Outcome = Answer | Failure

async function get (visit: Visit, url: string, headers: Record<string, string> = {}): Promise<Outcome> {
  // The first bytes of an answer that streams are enough: whether there is one is the question.
  const until: Until | undefined = url.endsWith('callback') ? body => body !== '' : undefined
  return await ask(visit, { url, method: 'GET', headers, ...(until && { until }) })
}

async function post (visit: Visit, url: string, more: Partial<HttpAsk>): Promise<Outcome> {
  const headers = { origin: visit.origin, 'content-type': 'text/plain;charset=UTF-8', ...more.headers }
  return await ask(visit, { ...more, url, method: 'POST', headers })
}

async function preflight (visit: Visit, url: string): Promise<Outcome> {
  return await ask(visit, {
    url,
    method: 'OPTIONS',
    headers: {
      origin: visit.origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type'
    }
  })
}

async function ask ({ timeoutMs, insecure }: Visit, what: Omit<HttpAsk, 'timeoutMs' | 'insecure'>): Promise<Outcome> {
  return await probeHttp({ timeoutMs, insecure, ...what, headers: { 'user-agent': USER_AGENT, ...what.headers } })
}

/** sockjs-client makes them alike: three digits for a balancer to look at, and an id nobody guesses. */
function newSession (base: string): string {
  return `${base}/${String(randomInt(1000)).padStart(3, '0')}/${randomUUID().replaceAll('-', '')}`
}

function sessionUrl (base: string, transport: string): string {
  return `${newSession(base)}/${transport}`
}
