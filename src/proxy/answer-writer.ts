import type { ServerResponse } from 'node:http'
import type { AnswerHead } from '../http/answer-heads.js'
import type { OwnHeaders } from '../http/headers.js'
import type { ResponsePart } from '../http/response-reader.js'
import type { HttpConnection } from './http-connection.js'

/** Up to this many bytes a whole body is written as text, together with its head. */
const SMALL_BYTES = 16_384

/**
 * Writes an instance's answer to the client as it comes, unbuffered: a head that came alone is not held back,
 * and what came together leaves together. A client that takes nothing for `stallMs` while bytes wait for it
 * is cut.
 */
export class AnswerWriter {
  readonly #response: ServerResponse
  readonly #stallMs: number
  #stall: NodeJS.Timeout | undefined
  #isWatched = false
  /** Until the answer is whole: afterwards the connection serves somebody else. */
  #from: HttpConnection | undefined

  constructor (response: ServerResponse, stallMs: number) {
    this.#response = response
    this.#stallMs = stallMs
  }

  /**
   * Passes a part on that is not the last one. `from` is not read on while the client has no room.
   * @param own what the gateway itself says, with the part that has the head
   */
  pass (part: ResponsePart, own: OwnHeaders | undefined, from: HttpConnection): void {
    const response = this.#response
    if (part.head !== undefined && own !== undefined) {
      this.#from = from
      this.#writeHead(part.head, own)
      response.on('drain', () => this.#from?.resume())
      if (part.body.length === 0) response.flushHeaders()
    }
    if (this.#writeBody(part)) return
    from.pause()
    this.#watch()
  }

  /** Passes the last part on, which may be the first one. */
  end (part: ResponsePart, own: OwnHeaders | undefined): void {
    const response = this.#response
    this.#from = undefined
    if (part.head !== undefined && own !== undefined) this.#writeHead(part.head, own)
    const [first, ...others] = part.body
    if (first !== undefined && others.length === 0 && first.length <= SMALL_BYTES) {
      response.write(first.toString('latin1'), 'latin1')
      response.socket?.uncork() // Node's `end` would add an empty chunk, and write both as a list
    } else {
      this.#writeBody(part)
    }
    response.end()
    if (response.writableLength > 0) this.#watch() // what is left in the buffer must be taken, too
  }

  #writeHead (head: AnswerHead, own: OwnHeaders): void {
    this.#response.writeHead(head.status, head.reason, head.linesWith(own) as string[]) // it is only read
  }

  /** @returns false when the client has to take something first */
  #writeBody ({ body }: ResponsePart): boolean {
    if (body.length === 0) return true
    // A copy, as the memory is read into again; and one, as each write costs, and tiny chunks are many.
    return this.#response.write(Buffer.concat(body))
  }

  #watch (): void {
    const response = this.#response
    this.#stall ??= setTimeout(() => response.destroy(), this.#stallMs)
    if (this.#isWatched) return
    this.#isWatched = true
    const clear = () => {
      clearTimeout(this.#stall)
      this.#stall = undefined
    }
    response.on('drain', clear).once('finish', clear).once('close', clear)
  }
}
