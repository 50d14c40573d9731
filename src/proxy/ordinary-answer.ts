import type { Socket } from 'node:net'
import type { AnswerHead } from '../http/answer-heads.js'
import { ResponseReader, type ResponsePart } from '../http/response-reader.js'
import type { Reader } from './dial.js'

/** Who is told of an answer: parts up to the last one, or instead of any of them an error. */
export interface AnswerTaker {
  readonly onPart: (part: ResponsePart) => void
  readonly onError: (error: Error) => void
}

/** An answer whose head has come; what follows the first part goes to its taker. */
export interface Refusal {
  readonly head: AnswerHead
  readonly first: ResponsePart
  readonly answer: OrdinaryAnswer
}

/**
 * The answer to an upgrade that is no 101: read as it comes, by the grammar of every other answer. It owns
 * its socket, which is closed with the answer's end, or when there is none.
 */
export class OrdinaryAnswer implements Reader {
  readonly #socket: Socket
  readonly #reader = new ResponseReader('GET')
  /** Told of what comes next; nobody once the answer has ended. */
  taker: AnswerTaker | undefined

  constructor (socket: Socket, taker: AnswerTaker) {
    this.#socket = socket
    this.taker = taker
    socket.once('end', () => this.#onEnd()).once('close', () => this.#fail(new Error('the instance hung up')))
  }

  /** Reads no further until `resume`: the client takes no more just now. */
  pause (): void {
    this.#socket.pause()
  }

  resume (): void {
    this.#socket.resume()
  }

  /** Ends it; its taker is told nothing more. */
  close (): void {
    this.taker = undefined
    this.#socket.destroy()
  }

  accept (size: number, bytes: Buffer): void {
    let part: ResponsePart | undefined
    try {
      part = this.#reader.read(bytes.subarray(0, size))
    } catch (error) {
      this.#fail(error as Error)
      return
    }
    if (part !== undefined) this.#pass(part)
  }

  #pass (part: ResponsePart): void {
    this.taker?.onPart(part)
    if (part.ended) this.close()
  }

  #onEnd (): void {
    const part = this.#reader.close()
    if (part === undefined) this.#fail(new Error('the instance hung up'))
    else this.#pass(part)
  }

  #fail (error: Error): void {
    const { taker } = this
    this.close()
    taker?.onError(error)
  }
}
