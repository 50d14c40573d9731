import type { Answer } from './answer.js'
import type { Trouble } from './finding.js'
import { printable } from '../origin/printable.js'

/** The values of all lines with this name, in order. */
export function headerLines (rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.flatMap((value, index) => {
    return index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name ? [value.trim()] : []
  })
}

/**
 * What keeps a page on `origin` from reading this answer, in the order a browser looks (Fetch, "CORS check",
 * with credentials, as sockjs-client asks), then what spoils it for caches.
 */
export function findCorsTroubles ({ rawHeaders }: Answer, origin: string): Trouble[] {
  const allowed = headerLines(rawHeaders, 'access-control-allow-origin')
  const troubles = [...findOriginTrouble(allowed, origin)]
  const credentials = headerLines(rawHeaders, 'access-control-allow-credentials')
  // Case counts, and two lines are read as "true, true", which is not "true".
  if (credentials.join(', ') !== 'true') {
    troubles.push({
      code: 'credentials-missing',
      message: credentials.length === 0
        ? 'Access-Control-Allow-Credentials is missing, and sockjs-client asks with credentials'
        : `Access-Control-Allow-Credentials is "${printable(credentials.join(', '))}", not exactly "true"`,
      mend: `answer with exactly one "Access-Control-Allow-Credentials: true"; ${ONE_PLACE}`
    })
  }
  const vary = headerLines(rawHeaders, 'vary').join(',').toLowerCase().split(',').map(name => name.trim())
  if (!vary.includes('origin') && !vary.includes('*')) {
    troubles.push({
      code: 'vary-missing',
      message: '"Vary: Origin" is missing: a cache may give this answer to a page on another origin',
      mend: `add "Vary: Origin" to every answer; ${ONE_PLACE}`
    })
  }
  return troubles
}

const ONE_PLACE = 'let one place decide about CORS, as Gatehouse does'

function findOriginTrouble (allowed: readonly string[], origin: string): Trouble[] {
  const [value] = allowed
  if (value === undefined) {
    return [{
      code: 'acao-missing',
      message: 'Access-Control-Allow-Origin is missing: the page may not read the answer',
      mend: `allow ${origin}: in Gatehouse by ALLOWED_ORIGINS; ${ONE_PLACE}`
    }]
  }
  // Joined by a comma they name no origin, even if all say the same.
  if (allowed.length > 1) {
    return [{
      code: 'acao-repeated',
      message: `Access-Control-Allow-Origin stands there ${allowed.length} times (${quoteAll(allowed)}): browsers take none of them`,
      mend: 'two parts add it, such as nginx (add_header) and the service: remove it from one. Gatehouse deletes ' +
        'what instances send'
    }]
  }
  if (value === '*') {
    return [{
      code: 'acao-any',
      message: 'Access-Control-Allow-Origin is "*", which browsers refuse when credentials are sent',
      mend: `echo the origin (${origin}) instead of "*"; ${ONE_PLACE}`
    }]
  }
  return value === origin
    ? []
    : [{
        code: 'acao-wrong',
        message: `Access-Control-Allow-Origin is "${printable(value)}", not "${origin}"`,
        mend: `echo exactly the origin that is allowed, without a list, a pattern or a slash at the end; ${ONE_PLACE}`
      }]
}

function quoteAll (values: readonly string[]): string {
  return values.slice(0, 3).map(value => `"${printable(value)}"`).join(', ')
}
