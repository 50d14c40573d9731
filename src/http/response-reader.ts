import { ChunkedReader } from './chunked-reader.js'
import { AnswerHeads, type AnswerHead } from './answer-heads.js'
import type { BodyFraming } from './response-head.js'
import { MAX_HEAD_BYTES } from './headers.js'

/**
 * What came of an answer with one read. `body` holds views of the bytes read, which are the reader's again
 * after the call: whoever keeps them copies them.
 */
export interface ResponsePart {
  /** With the part that completes it. */
  readonly head: AnswerHead | undefined
  readonly body: readonly Buffer[]
  /** The answer is complete. */
  readonly ended: boolean
}

/** Why bytes are no answer that could be passed on. */
export class ResponseFault extends Error {
  override readonly name = 'ResponseFault'
}

const EMPTY_LINE = '\r\n\r\n'

/** Who ends lines so sends no empty line to wait for. */
const BARE_LF = /(?<!\r)\n/

/** What every answer begins with. Whoever speaks another protocol may wait for us: its end will not come. */
const START = 'HTTP/1.'

/**
 * Reads the answer to one request (RFC 9112), read by read, however it is split. Interim answers (1xx) are
 * dropped: what they tell is between the instance and the gateway.
 */
export class ResponseReader {
  readonly #hasNoBody: boolean
  readonly #heads: AnswerHeads
  /** Of a head that came in pieces; latin1. */
  #text = ''
  #head: AnswerHead | undefined
  #framing: BodyFraming = 0
  #chunks: ChunkedReader | undefined
  #ended = false
  #keepMs = 0

  /**
   * @param method of the request: an answer to HEAD has no body, whatever its head says
   * @param heads of the same instance
   */
  constructor (method: string, heads = new AnswerHeads()) {
    this.#hasNoBody = method === 'HEAD'
    this.#heads = heads
  }

  /** After its end: how long (ms) the instance takes another request on this connection; 0: not at all. */
  get keepMs (): number {
    return this.#keepMs
  }

  /**
   * Takes the next bytes.
   * @throws ResponseFault when they are no answer, or more follows than the answer
   */
  read (bytes: Buffer): ResponsePart | undefined {
    if (this.#head !== undefined) return this.#readBody(undefined, bytes)
    const known = this.#text.length
    this.#text += bytes.toString('latin1')
    if (known < START.length) this.#checkStart()
    let end = this.#text.indexOf(EMPTY_LINE, Math.max(0, known - 3))
    let bodyAt = end + 4 - known
    while (end !== -1 && end <= MAX_HEAD_BYTES) {
      const head = this.#readHead(this.#text.slice(0, end + 2))
      if (head !== undefined) return this.#readBody(head, bytes.subarray(bodyAt))
      this.#text = this.#text.slice(end + 4)
      this.#checkStart()
      end = this.#text.indexOf(EMPTY_LINE)
      bodyAt += end + 4
    }
    if (end !== -1 || this.#text.length > MAX_HEAD_BYTES) throw new ResponseFault('its head is over 16 KiB')
    if (BARE_LF.test(this.#text)) throw new ResponseFault('its head is none of HTTP/1.1')
    return undefined
  }

  /**
   * The connection is at its end.
   * @returns the last part of an answer that lasts that long; undefined: the answer is not whole
   */
  close (): ResponsePart | undefined {
    if (this.#framing !== 'closed') return undefined
    this.#ended = true
    return { head: undefined, body: [], ended: true }
  }

  #checkStart (): void {
    const seen = Math.min(this.#text.length, START.length)
    if (!START.startsWith(this.#text.slice(0, seen))) throw new ResponseFault('it is none of HTTP/1.1')
  }

  /** undefined: the head was an interim one. */
  #readHead (text: string): AnswerHead | undefined {
    const head = this.#heads.read(text)
    if (head === undefined) throw new ResponseFault('its head is none of HTTP/1.1')
    if (head.status === 101) throw new ResponseFault('it switches protocols, unasked')
    if (head.status < 200) return undefined
    if (head.framing === undefined) throw new ResponseFault('where its body ends is not clear')
    this.#text = ''
    this.#head = head
    this.#framing = this.#hasNoBody ? 0 : head.framing
    if (this.#framing === 'chunked') this.#chunks = new ChunkedReader()
    this.#keepMs = head.keepMs
    return head
  }

  #readBody (head: AnswerHead | undefined, bytes: Buffer): ResponsePart {
    if (this.#ended) throw new ResponseFault('more bytes came than the answer has')
    const body: Buffer[] = []
    const taken = this.#takeBody(bytes, body)
    // The answer is whole all the same; what follows it answers nothing.
    if (taken < bytes.length) this.#keepMs = 0
    return { head, body, ended: this.#ended }
  }

  #takeBody (bytes: Buffer, body: Buffer[]): number {
    if (this.#chunks !== undefined) {
      const taken = this.#chunks.read(bytes, part => body.push(part))
      if (this.#chunks.state === 'broken') throw new ResponseFault('its chunks are none')
      this.#ended = this.#chunks.state === 'ended'
      return taken
    }
    if (this.#framing === 'closed') {
      if (bytes.length > 0) body.push(bytes)
      return bytes.length
    }
    const taken = Math.min(bytes.length, this.#framing as number)
    if (taken > 0) body.push(taken === bytes.length ? bytes : bytes.subarray(0, taken))
    this.#framing = (this.#framing as number) - taken
    this.#ended = this.#framing === 0
    return taken
  }
}
