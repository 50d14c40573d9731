import type { Answer, Failure } from './answer.js'
import { findCorsTroubles, headerLines } from './cors.js'
import { explainFailure } from './failure.js'
import { troubled, type Check, type Finding, type Trouble } from './finding.js'
import type { Asked } from './info.js'
import { explainRefusal, readGatehouseError } from './refusal.js'

type Outcome = Answer | Failure

/** Judges the POST that opens a polling session: the answer is the open frame `o`. */
export function judgeOpening (asked: Asked, outcome: Outcome): Finding {
  return switchedOff('xhr', outcome) ?? judge(asked, 'xhr', outcome, answer => {
    return answer.body.startsWith('o\n') ? undefined : noOpenFrame(answer, asked.timeoutMs)
  }, 'a session opens')
}

/** Judges messages sent to that session; each answer tells whether the request met the session's instance. */
export function judgeSending (asked: Asked, outcomes: readonly Outcome[]): Finding {
  const findings = outcomes.map(outcome => {
    // A server that does not know the session answers so: sockjs-protocol 0.3.3, "XHR Polling", /xhr_send.
    if (outcome.kind === 'answer' && outcome.status === 404) {
      return switchedOff('xhr_send', outcome) ?? troubled('xhr_send', 'fault', noAffinity('404'))
    }
    return judge(asked, 'xhr_send', outcome, () => undefined, 'messages reach the session')
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
  return judge(asked, 'xhr poll', outcome, ({ body }) => {
    return body.startsWith('o') ? noAffinity('a second open frame') : undefined
  }, 'it is answered')
}

/** Judges a stream: 2 KiB of `h` and the open frame have to come at once, though the answer goes on. */
export function judgeStream (asked: Asked, outcome: Outcome): Finding {
  const check = 'xhr_streaming'
  // The service answers: it did so to the checks before. A buffer waits for an end that does not come.
  if (outcome.kind === 'failure' && outcome.code === 'TIMEOUT') {
    return troubled(check, 'fault', buffered(`nothing of it came in ${asked.timeoutMs} ms, not even its head`))
  }
  const off = switchedOff(check, outcome)
  if (off !== undefined) return off
  const finding = judge(asked, check, outcome, answer => findStreamTrouble(answer, asked.timeoutMs),
    'prelude and open frame come at once')
  // Compressors that flush after each chunk exist, and what they pass on is not decoded here.
  return finding.code === 'compressed' ? { ...finding, severity: 'warning' } : finding
}

/** Whether a stream has told all that is to be seen: its open frame, or that it cannot be read. */
export function isStreamSeen (body: string, rawHeaders: readonly string[]): boolean {
  return body.includes('\no\n') || headerLines(rawHeaders, 'content-encoding').length > 0
}

function judge (
  { url, origin, timeoutMs }: Asked, check: Check, outcome: Outcome,
  findTrouble: (answer: Answer) => Trouble | undefined, fine: string
): Finding {
  const trouble = outcome.kind === 'failure'
    ? explainFailure(outcome, url, timeoutMs)
    : explainRefusal(outcome, { url, origin }) ?? findTrouble(outcome) ?? findUnreadable(outcome, url, origin)
  if (trouble !== undefined) return troubled(check, 'fault', trouble)
  return { severity: 'ok', check, code: 'ok', message: fine }
}

/** What every answer of a session needs; `Vary` was told about once, with /info. */
function findUnreadable (answer: Answer, url: string, origin: string): Trouble | undefined {
  if (new URL(url).origin === origin) return undefined
  return findCorsTroubles(answer, origin).find(({ code }) => code !== 'vary-missing')
}

function switchedOff (check: Check, outcome: Outcome): Finding | undefined {
  if (outcome.kind !== 'answer' || readGatehouseError(outcome.body)?.code !== 'ERR_TRANSPORT_DISABLED') return undefined
  return troubled(check, 'note', {
    code: 'switched-off',
    message: 'switched off: SOCKJS_TRANSPORTS of the gateway does not name it',
    mend: 'name it there if that was not meant'
  })
}

function findStreamTrouble (answer: Answer, timeoutMs: number): Trouble | undefined {
  const [encoding] = headerLines(answer.rawHeaders, 'content-encoding')
  if (encoding === undefined && answer.body.includes('\no\n')) return undefined
  if (answer.ended === 'time-out') {
    const came = Buffer.byteLength(answer.body) === 0 ? 'the head came' : 'the first bytes came'
    return buffered(`${came}, but no open frame in ${timeoutMs} ms`)
  }
  if (encoding !== undefined) {
    return {
      code: 'compressed',
      message: 'the stream is compressed: frames wait until the compressor lets them go',
      mend: 'do not compress application/javascript and text/event-stream here (nginx: gzip off;)'
    }
  }
  return noOpenFrame(answer, timeoutMs)
}

function noOpenFrame ({ ended }: Answer, timeoutMs: number): Trouble {
  return {
    code: 'no-open-frame',
    message: ended === 'time-out'
      ? `an answer, but no open frame in ${timeoutMs} ms`
      : 'an answer, but the SockJS open frame "o" is not in it',
    mend: 'ask the instance itself (--instance): a proxy may hold the answer back or answer in its place'
  }
}

function noAffinity (how: string): Trouble {
  return {
    code: 'no-affinity',
    message: `${how}: requests of one session meet different instances`,
    mend: 'send all requests of a session to one instance: by the session id in the path, as Gatehouse does, or by a ' +
      'sticky cookie; behind Spring 7 the client address must stay the same, too (one X-Forwarded-For)'
  }
}

function buffered (how: string): Trouble {
  return {
    code: 'buffered',
    message: `${how}: a proxy holds the stream back`,
    mend: 'pass streams on at once; in nginx: proxy_buffering off; and no gzip for them'
  }
}
