import type { Answer, Failure } from './answer.js'
import { findCorsTroubles } from './cors.js'
import { explainFailure } from './failure.js'
import { troubled, type Check, type Finding, type Trouble, type TroubleCode } from './finding.js'
import type { Asked } from './info.js'
import { explainRefusal, readGatehouseError } from './refusal.js'

/** Told once, with /info. */
const TOLD: ReadonlySet<TroubleCode> = new Set(['vary-missing'])

/** An EventSource of sockjs-client sends no credentials, so what they ask of an answer does not count. */
const NO_MATTER_TO_EVENTSOURCE: ReadonlySet<TroubleCode> = new Set([...TOLD, 'acao-any', 'credentials-missing'])

/**
 * Judges an answer to a request of a session: whether it came, who refused, what `findTrouble` says of it,
 * and last whether the page may read it. `fine` is said where all is well.
 */
export function judgeTransport (
  { url, origin, timeoutMs }: Asked, check: Check, outcome: Answer | Failure,
  findTrouble: (answer: Answer) => Trouble | undefined, fine: string
): Finding {
  const trouble = outcome.kind === 'failure'
    ? explainFailure(outcome, url, timeoutMs)
    : explainRefusal(outcome, { url, origin }) ?? findTrouble(outcome) ??
      findUnreadable(outcome, url, origin, check)
  if (trouble !== undefined) return troubled(check, 'fault', trouble)
  return { severity: 'ok', check, code: 'ok', message: fine }
}

function findUnreadable (answer: Answer, url: string, origin: string, check: Check): Trouble | undefined {
  if (new URL(url).origin === origin) return undefined
  const ignored = check === 'eventsource' ? NO_MATTER_TO_EVENTSOURCE : TOLD
  return findCorsTroubles(answer, origin).find(({ code }) => !ignored.has(code))
}

/** A note, where Gatehouse answers that it leaves this transport out; undefined for any other answer. */
export function switchedOff (check: Check, outcome: Answer | Failure): Finding | undefined {
  if (outcome.kind === 'failure') return undefined
  if (readGatehouseError(outcome.body)?.code !== 'ERR_TRANSPORT_DISABLED') return undefined
  return troubled(check, 'note', {
    code: 'switched-off',
    message: 'switched off: SOCKJS_TRANSPORTS of the gateway does not name it',
    mend: 'name it there if that was not meant'
  })
}
