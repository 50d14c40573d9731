import type { Answer } from './answer.js'
import { headerLines } from './cors.js'
import type { Trouble } from './finding.js'
import { printable } from '../origin/printable.js'

/** What stood around the answer. */
interface Asked {
  readonly url: string
  /** What the page sent; undefined when the request had no Origin. */
  readonly origin: string | undefined
}

/** The body by which Spring's DefaultCorsProcessor.rejectRequest is known (spring-web, since 4.2). */
const SPRING_BODY = 'Invalid CORS request'

/**
 * Who said no, and the mend; undefined for an answer of 2xx. The body is never quoted, except for what
 * Gatehouse says: session URLs may stand in it.
 */
export function explainRefusal (answer: Answer, { url, origin }: Asked): Trouble | undefined {
  const { status } = answer
  if (status >= 200 && status < 300) return undefined
  // Gatehouse passes an instance's refusal on as it is, so its own JSON tells the two apart.
  const own = readGatehouseError(answer.body)
  if (own?.code === 'ERR_ORIGIN_NOT_ALLOWED') return refusedByGatehouse(own.message, origin)
  if (status === 403 && answer.body.startsWith(SPRING_BODY)) return refusedBySpring(origin)
  if (status >= 300 && status < 400) return redirected(answer, url)
  const who = own === undefined ? '' : `; Gatehouse says ${own.code}: ${own.message}`
  return explainStatus(status, who)
}

/** Code and message of Gatehouse's JSON (docs/errors.md), safe to print; undefined for anyone else's body. */
export function readGatehouseError (body: string): { code: string, message: string } | undefined {
  try {
    const { code, message, requestId } = Object(JSON.parse(body)) as Record<string, unknown>
    if (typeof code !== 'string' || !/^ERR_[A-Z_]{1,60}$/.test(code)) return undefined
    if (typeof message !== 'string' || requestId === undefined) return undefined
    return { code, message: printable(message, 300) }
  } catch {
    return undefined
  }
}

function refusedByGatehouse (message: string, origin: string | undefined): Trouble {
  return {
    code: 'gatehouse-refused',
    message: `Gatehouse itself refused (403 ERR_ORIGIN_NOT_ALLOWED): ${message}`,
    mend: origin === undefined
      ? 'requests without Origin are judged by MISSING_ORIGIN_ON_UPGRADE and Sec-Fetch-Site'
      : `add ${origin} to the list that ORIGIN_POLICY names (by default ALLOWED_ORIGINS) of the Gatehouse that ` +
        'answers here; if it is the gateway\'s own public origin, to PUBLIC_ORIGINS'
  }
}

function refusedBySpring (origin: string | undefined): Trouble {
  return {
    code: 'spring-refused',
    message: `403 "${SPRING_BODY}" is Spring's own origin check: the instance refused`,
    mend: 'CORS headers added on the way change nothing about it. Keep the Origin from the instance: Gatehouse in front, ' +
      'with UPSTREAM_ORIGIN=strip (the default), decides in its place. Or name the origin in every service: ' +
      `setAllowedOriginPatterns("${origin ?? 'https://app.example.com'}")`
  }
}

/** Across origins the request's origin becomes opaque, sent as `null` (Fetch, "HTTP-redirect fetch"). */
function redirected ({ status, rawHeaders }: Answer, url: string): Trouble {
  const [location] = headerLines(rawHeaders, 'location')
  const target = location === undefined ? undefined : originOf(location, url)
  const isForeign = target !== undefined && target !== new URL(url).origin
  return {
    code: 'redirect',
    message: `${status} redirects${target === undefined ? '' : ` to ${printable(target)}`}` +
      (isForeign ? ': across origins the browser then sends "Origin: null"' : '') +
      '; preflights and upgrades follow no redirect at all',
    mend: 'give the page the final URL (scheme, host, slash at the end), and redirect no SockJS URL'
  }
}

/** Only the origin of a redirect is told: the rest may hold the session. */
function originOf (location: string, base: string): string | undefined {
  try {
    return new URL(location, base).origin
  } catch {
    return undefined
  }
}

/** What a status tells by itself. `who`: the words of a Gatehouse that answered, or nothing. */
function explainStatus (status: number, who: string): Trouble {
  // 500 and 501 come from a service; these three from whoever stands before one.
  if (status === 502 || status === 503 || status === 504) {
    return {
      code: 'bad-gateway',
      message: `${status}: a proxy on the way reached no instance${who}`,
      mend: 'check that the instances run and that the proxy names their host and port; ask one with --instance'
    }
  }
  if (status >= 500) {
    return { code: 'server-error', message: `${status}: the service failed${who}`, mend: 'its log tells why' }
  }
  if (status === 404) {
    return {
      code: 'not-found',
      message: `404: nothing answers at this path${who}`,
      mend: 'check the path: what the browser uses up to "/info"; a proxy may cut or add a prefix on the way ' +
        '(behind Gatehouse, STOMP_PREFIX becomes the path of STOMP_UPSTREAMS)'
    }
  }
  if (status === 401 || status === 403) {
    return {
      code: 'refused',
      message: `${status}: somebody on the way refused${who}`,
      mend: 'no cookie and no token was sent: if this path needs them, look at what checks them; else ask each hop ' +
        'with --instance or --hop to find who it is'
    }
  }
  return { code: 'unexpected-status', message: `${status} is no answer to this${who}`, mend: 'ask each hop by itself' }
}
