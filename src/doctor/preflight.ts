import type { Answer, Failure } from './answer.js'
import { findCorsTroubles, headerLines } from './cors.js'
import { explainFailure } from './failure.js'
import { troubled, type Finding, type Trouble } from './finding.js'
import type { Asked } from './info.js'
import { explainRefusal } from './refusal.js'

/**
 * Judges the answer to a preflight that asks for POST with content-type (Fetch, "CORS-preflight fetch"). A
 * page on the same origin sends none, so there a bad answer is a note.
 */
export function judgePreflight ({ url, origin, timeoutMs }: Asked, outcome: Answer | Failure): Finding {
  const isSameOrigin = new URL(url).origin === origin
  const trouble = outcome.kind === 'failure'
    ? explainFailure(outcome, url, timeoutMs)
    : explainRefusal(outcome, { url, origin }) ?? (isSameOrigin ? undefined : findTrouble(outcome, origin))
  if (trouble !== undefined && isSameOrigin) {
    const message = `${trouble.message} (a page on the same origin sends no preflight)`
    return troubled('preflight', 'note', { ...trouble, message })
  }
  if (trouble !== undefined) return troubled('preflight', 'fault', trouble)
  return { severity: 'ok', check: 'preflight', code: 'ok', message: 'POST with content-type is allowed' }
}

/** A preflight answer is for its own origin alone, so `Vary` matters to no browser here. */
function findTrouble (answer: Answer, origin: string): Trouble | undefined {
  const [first] = findCorsTroubles(answer, origin).filter(({ code }) => code !== 'vary-missing')
  if (first !== undefined) return first
  const names = headerLines(answer.rawHeaders, 'access-control-allow-headers').join(',').toLowerCase().split(',')
  // With credentials `*` is a header's name and nothing more.
  if (names.some(name => name.trim() === 'content-type')) return undefined
  return {
    code: 'headers-not-allowed',
    message: 'Access-Control-Allow-Headers does not name content-type ("*" does not count when credentials are sent)',
    mend: 'echo the headers that Access-Control-Request-Headers asks for, as Gatehouse does'
  }
}
