import type { Answer, Failure } from './answer.js'
import { troubled, type Finding, type Trouble } from './finding.js'
import { findClosing, noOpenFrame } from './frame.js'
import type { Asked } from './info.js'
import { judgeTransport, switchedOff } from './transport.js'

type Outcome = Answer | Failure

/** Judges the POST that opens a polling session: the answer is the open frame `o`. */
export function judgeOpening (asked: Asked, outcome: Outcome): Finding {
  return switchedOff('xhr', outcome) ?? judgeTransport(asked, 'xhr', outcome, answer => {
    if (answer.body.startsWith('o\n')) return undefined
    return findClosing(answer.body) ?? noOpenFrame(answer, asked.timeoutMs)
  }, 'a session opens')
}

/** Judges messages sent to that session; each answer tells whether the request met the session's instance. */
export function judgeSending (asked: Asked, outcomes: readonly Outcome[]): Finding {
  const findings = outcomes.map(outcome => {
    // A server that does not know the session answers so: sockjs-protocol 0.3.3, "XHR Polling", /xhr_send.
    if (outcome.kind === 'answer' && outcome.status === 404) {
      return switchedOff('xhr_send', outcome) ?? troubled('xhr_send', 'fault', noAffinity('404'))
    }
    return judgeTransport(asked, 'xhr_send', outcome, () => undefined, 'messages reach the session')
  })
  return findings.find(({ severity }) => severity !== 'ok') ?? findings[0] as Finding
}

/** Judges the poll that was open meanwhile: that nobody answered it is how it should be. */
export function judgePoll (asked: Asked, outcome: Outcome): Finding {
  if (outcome.kind === 'failure' && outcome.code === 'LEFT') {
    return { severity: 'ok', check: 'xhr poll', code: 'ok', message: 'it stays open until there is a message' }
  }
  if (outcome.kind === 'answer' && outcome.status === 404) return troubled('xhr poll', 'fault', noAffinity('404'))
  // An instance without the session takes a poll for the first one, and opens another session of that id.
  return judgeTransport(asked, 'xhr poll', outcome, ({ body }) => {
    return body.startsWith('o') ? noAffinity('a second open frame') : findClosing(body)
  }, 'it is answered')
}

function noAffinity (how: string): Trouble {
  return {
    code: 'no-affinity',
    message: `${how}: requests of one session meet different instances`,
    mend: 'send all requests of a session to one instance: by the session id in the path, as Gatehouse does, or by a ' +
      'sticky cookie; behind Spring 7 the client address must stay the same, too (one X-Forwarded-For)'
  }
}
