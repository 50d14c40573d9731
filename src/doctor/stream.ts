import type { Answer, Failure, Until } from './answer.js'
import { headerLines } from './cors.js'
import { troubled, type Finding, type Trouble } from './finding.js'
import { findClosing, noOpenFrame } from './frame.js'
import type { Asked } from './info.js'
import { judgeTransport, switchedOff } from './transport.js'

/** The transports that stream: sockjs-protocol 0.3.3, "XHR Streaming" and "EventSource". */
export const STREAMS = ['xhr_streaming', 'eventsource'] as const

type Stream = typeof STREAMS[number]

/** The open frame, after 2 KiB of `h` or an empty line. Spring leaves the space after `data:` out. */
const OPEN_FRAME: Readonly<Record<Stream, RegExp>> = {
  xhr_streaming: /\no\n/,
  eventsource: /(?:^|[\r\n])data: ?o[\r\n]/
}

/** Not bad enough to keep a page from working. */
const WARNINGS: ReadonlySet<string> = new Set<Finding['code']>(['compressed', 'stream-ends'])

/** ms that a stream may take longer to open than a poll: what has no cause but a buffer is longer. */
const SLOWER_MS = 1_000

/** `openingMs` is what the same hop took to open a session by xhr, which no buffer holds back. */
export interface StreamAsked extends Asked { readonly openingMs: number }

/** Judges a stream: prelude and open frame have to come at once, though the answer goes on. */
export function judgeStream (asked: StreamAsked, stream: Stream, outcome: Answer | Failure): Finding {
  // The service answers: it did so to the checks before. A buffer waits for an end that does not come.
  if (outcome.kind === 'failure' && outcome.code === 'TIMEOUT') {
    return troubled(stream, 'fault', buffered(`nothing of it came in ${asked.timeoutMs} ms, not even its head`))
  }
  const off = switchedOff(stream, outcome) ?? notOffered(stream, outcome)
  if (off !== undefined) return off
  const finding = judgeTransport(asked, stream, outcome, answer => findTrouble(asked, stream, answer),
    'prelude and open frame come at once')
  return WARNINGS.has(finding.code) ? { ...finding, severity: 'warning' } : finding
}

/** Whether a stream has told all that is to be seen: open or close frame, or that it cannot be read. */
export function isStreamSeen (stream: Stream): Until {
  return (body, rawHeaders) => OPEN_FRAME[stream].test(body) || findClosing(body) !== undefined ||
    headerLines(rawHeaders, 'content-encoding').length > 0
}

/** Not every service has it, and no page needs it. */
function notOffered (stream: Stream, outcome: Answer | Failure): Finding | undefined {
  if (stream !== 'eventsource' || outcome.kind !== 'answer' || outcome.status !== 404) return undefined
  return troubled(stream, 'note', {
    code: 'switched-off',
    message: '404: the service does not offer it',
    mend: 'switch it on there if that was not meant'
  })
}

function findTrouble (
  { timeoutMs, openingMs }: StreamAsked, stream: Stream, answer: Answer
): Trouble | undefined {
  const { body, ended, rawHeaders, tookMs } = answer
  // Compressors that flush after each chunk exist, and what they pass on is not decoded here.
  const isCompressed = headerLines(rawHeaders, 'content-encoding').length > 0
  const isOpen = !isCompressed && OPEN_FRAME[stream].test(body)
  if (ended === 'time-out' && !isOpen) {
    return buffered(`${body === '' ? 'the head came' : 'the first bytes came'}, but no open frame in ${timeoutMs} ms`)
  }
  if (isCompressed) return COMPRESSED
  const closing = findClosing(body)
  if (closing !== undefined) return closing
  if (!isOpen) return noOpenFrame(answer, timeoutMs)
  if (tookMs - openingMs > Math.min(SLOWER_MS, timeoutMs / 2)) {
    return buffered(`the open frame came after ${Math.round(tookMs)} ms, by xhr after ${Math.round(openingMs)} ms`)
  }
  if (ended === 'broken') return BROKEN
  const isEventStream = headerLines(rawHeaders, 'content-type').some(type => /^text\/event-stream *(?:;|$)/i.test(type))
  if (stream === 'eventsource' && !isEventStream) return NOT_EVENT_STREAM
  return ended === 'complete' ? ENDS : undefined
}

const COMPRESSED: Trouble = {
  code: 'compressed',
  message: 'the stream is compressed: frames wait until the compressor lets them go',
  mend: 'do not compress application/javascript and text/event-stream here (nginx: gzip off;)'
}

const BROKEN: Trouble = {
  code: 'broken-off',
  message: 'the stream breaks off right after its open frame',
  mend: 'look into the logs of the proxy and the service at this moment'
}

const ENDS: Trouble = {
  code: 'stream-ends',
  message: 'the stream ends right after its open frame: clients have to ask anew all the time',
  mend: 'a proxy may limit how long an answer takes, or the service how many bytes a stream has: give both more'
}

const NOT_EVENT_STREAM: Trouble = {
  code: 'not-event-stream',
  message: 'the Content-Type is not text/event-stream: browsers refuse to read it as one',
  mend: 'leave the Content-Type of the service as it is'
}

function buffered (how: string): Trouble {
  return {
    code: 'buffered',
    message: `${how}: a proxy holds the stream back`,
    mend: 'pass streams on at once; in nginx: proxy_buffering off; and no gzip for them'
  }
}
