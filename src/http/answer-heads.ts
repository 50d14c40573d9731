import { responseHeadersToForward, type OwnHeaders, type RawHeaders } from './headers.js'
import { framingOf, readResponseHead, type BodyFraming, type ResponseHead } from './response-head.js'

/** The heads that are kept, and how long each may be. */
const MOST_HEADS = 64
const LONGEST_HEAD = 1_024

/** The head of an instance's answer, and all that follows from it. */
export class AnswerHead implements ResponseHead {
  readonly status: number
  readonly reason: string
  readonly minorVersion: 0 | 1
  readonly headers: RawHeaders
  /** Unless the request was HEAD; undefined: where the body ends is not clear. */
  readonly framing: BodyFraming | undefined
  /** How long (ms) the instance takes another request on this connection; 0: not at all. */
  readonly keepMs: number
  #own: OwnHeaders | undefined
  #lines: readonly string[] = []

  constructor ({ status, reason, minorVersion, headers }: ResponseHead) {
    this.status = status
    this.reason = reason
    this.minorVersion = minorVersion
    this.headers = headers
    this.framing = framingOf(this, false)
    this.keepMs = readKeepMs(this)
  }

  /** The lines for the client, with the gateway's own. Those of one origin are the same each time. */
  linesWith (own: OwnHeaders): readonly string[] {
    if (this.#own === undefined || !isSame(own, this.#own)) {
      this.#lines = responseHeadersToForward(this.headers, own)
      this.#own = own
    }
    return this.#lines
  }
}

/**
 * The heads that an instance answers with. Within a second, which is how long a `Date` stands, it says the
 * same few again and again, so the last ones are kept. One that sets a cookie is somebody's own, and is not.
 */
export class AnswerHeads {
  readonly #known = new Map<string, AnswerHead>()

  /**
   * Reads a head as `readResponseHead` does.
   * @returns undefined when it is no head of HTTP/1.x
   */
  read (text: string): AnswerHead | undefined {
    return this.#known.get(text) ?? this.#learn(text)
  }

  /** How many heads are kept just now. */
  get size (): number {
    return this.#known.size
  }

  #learn (text: string): AnswerHead | undefined {
    const isKept = text.length <= LONGEST_HEAD && !/^set-cookie:/im.test(text)
    // A slice would keep all that came with the head; a copy keeps itself.
    const own = isKept ? Buffer.from(text, 'latin1').toString('latin1') : text
    const read = readResponseHead(own)
    if (read === undefined) return undefined
    const head = new AnswerHead(read)
    if (!isKept) return head
    if (this.#known.size >= MOST_HEADS) this.#known.clear()
    this.#known.set(own, head)
    return head
  }
}

function isSame (own: OwnHeaders, other: OwnHeaders): boolean {
  for (const name in own) if (own[name] !== other[name]) return false
  for (const name in other) if (own[name] === undefined) return false
  return true
}

/**
 * Servers that say nothing of it close idle connections after five seconds at the earliest (Node, Apache).
 * One that says a time is used up to a little before, since its FIN and our next request may cross.
 */
const KEEP_MS = 4_000
const LONGEST_KEEP_MS = 60_000
const BEFORE_ITS_END_MS = 2_000

/** RFC 9112 §9.3; a connection of HTTP/1.0 is not kept, even where the instance would. */
function readKeepMs ({ minorVersion, headers }: ResponseHead): number {
  if (minorVersion === 0) return 0
  let keepMs = KEEP_MS
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (name.length !== 10) continue // as both names have
    const value = headers[i + 1] as string
    const isNamed = name.toLowerCase()
    if (isNamed === 'connection' && /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(value)) return 0
    if (isNamed === 'keep-alive') keepMs = readHint(value) ?? keepMs
  }
  return keepMs
}

/** `timeout=<seconds>` (RFC 2068 §19.7.1.1, as servers still send it). */
function readHint (value: string): number | undefined {
  const seconds = /(?:^|[,; ])timeout=([0-9]{1,9})/i.exec(value)?.[1]
  if (seconds === undefined) return undefined
  return Math.max(0, Math.min(Number(seconds) * 1_000 - BEFORE_ITS_END_MS, LONGEST_KEEP_MS))
}
