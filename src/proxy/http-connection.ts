import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Upstream } from '../config/upstreams.js'
import { ERR_UPSTREAM_TIMEOUT } from '../errors.js'
import type { AnswerHeads } from '../http/answer-heads.js'
import { ResponseReader, type ResponsePart } from '../http/response-reader.js'
import { pumpBody } from './body.js'
import { dial as dialInstance, type Reader } from './dial.js'

/** A request as it goes to an instance. */
export interface OutgoingRequest {
  readonly method: string
  /** The whole head in latin1, with the empty line. */
  readonly head: string
  /** The client's request whose body follows; undefined: there is none. */
  readonly body: IncomingMessage | undefined
}

/** What a request is told: `onSend`, then parts up to the last one, or instead of any of them an error. */
export interface Exchange {
  /** A connection is there, and the request is about to be written. */
  onSend: () => void
  onPart: (part: ResponsePart) => void
  /** No connection (before `onSend`), or no whole answer. Nothing follows. */
  onError: (error: Error) => void
}

/** What every connection to an instance is made with. */
export interface HttpConnectionOptions {
  readonly connectTimeoutMs: number
  /** From the request's last byte to the head of its answer. */
  readonly responseTimeoutMs: number
  /** How long an answer may be silent between two of its parts. */
  readonly silenceMs: number
  /** Of a request's body. */
  readonly bodyLimitBytes: number
  /** Connects; src/proxy/dial.ts when left out. */
  readonly dial?: typeof dialInstance
}

/** What a log says of an answer that did not come. */
const CLOSED = 'the instance closed the connection'

/** Who makes connections to an instance, and keeps them for the next request. */
export interface ConnectionOwner {
  readonly upstream: Upstream
  /** Those that the instance answers with. */
  readonly heads: AnswerHeads
  /**
   * Called after each whole answer that leaves the connection fit for another request, with how long (ms) the
   * instance will take one. Left out, it is closed.
   */
  readonly onFree: ((connection: HttpConnection, keepMs: number) => void) | undefined
  /** Called when it is closed, once or more. */
  readonly onClose: (connection: HttpConnection) => void
}

/**
 * One connection to an instance, for one request after another. It owns its socket: whatever goes wrong, and
 * whatever comes unasked, ends it.
 */
export class HttpConnection implements Reader {
  readonly #options: HttpConnectionOptions
  readonly #owner: ConnectionOwner
  readonly #socket: Socket
  /** When it is idle: until when (ms, by its owner's clock) the instance takes another request. */
  keptUntil = 0
  /** Until it is written: nothing is to keep a client's request alive for as long as the connection lasts. */
  #request: OutgoingRequest | undefined
  #exchange: Exchange | undefined
  #reader: ResponseReader | undefined
  #awaitsHead = false
  #stopBody: (() => void) | undefined
  #cause: Error | undefined
  /** To the head of the answer. It is restarted for the next request: making a new one costs more. */
  #patience: NodeJS.Timeout | undefined
  /** Between the parts of an answer. */
  #silence: NodeJS.Timeout | undefined

  /** Dials, and sends the request once connected. */
  constructor (
    owner: ConnectionOwner, options: HttpConnectionOptions, request: OutgoingRequest, exchange: Exchange
  ) {
    this.#options = options
    this.#owner = owner
    this.#request = request
    this.#exchange = exchange
    const dial = options.dial ?? dialInstance
    const onDialled = (error: Error | null) => this.#onDialled(error)
    this.#socket = dial(owner.upstream, options.connectTimeoutMs, onDialled, { reader: this })
  }

  /** Ended, by either side. */
  get isClosed (): boolean {
    return !this.#socket.writable || !this.#socket.readable
  }

  /** Sends the next request; only when the last answer is whole. */
  send (request: OutgoingRequest, exchange: Exchange): void {
    this.#request = request
    this.#exchange = exchange
    this.#write()
  }

  /** Reads no further until `resume`: the client takes no more just now. */
  pause (): void {
    this.#socket.pause()
  }

  resume (): void {
    this.#socket.resume()
  }

  /** Ends it; an exchange under way is told nothing more. */
  close (): void {
    this.#exchange = undefined
    this.#reader = undefined // what a destroyed TLS socket had read before is still handed out
    this.#stopBody?.()
    this.#stopBody = undefined
    clearTimeout(this.#patience)
    clearTimeout(this.#silence)
    this.#socket.destroy()
    this.#owner.onClose(this)
  }

  #onDialled (error: Error | null): void {
    if (error !== null) {
      this.#fail(error)
      return
    }
    if (this.#exchange === undefined) return // given up meanwhile
    this.#socket.on('end', () => this.#onEnd())
    this.#socket.on('error', error => { this.#cause = error })
    this.#socket.on('close', () => this.#fail(this.#cause ?? new Error(CLOSED)))
    this.#write()
  }

  #write (): void {
    const { method, head, body } = this.#request as OutgoingRequest
    this.#request = undefined
    this.#exchange?.onSend()
    this.#reader = new ResponseReader(method, this.#owner.heads)
    this.#awaitsHead = true
    this.#startPatience()
    this.#socket.write(head, 'latin1')
    if (body === undefined) return
    this.#stopBody = pumpBody(body, this.#socket, this.#options.bodyLimitBytes, {
      onChunk: () => this.#startPatience(),
      onEnd: () => { this.#stopBody = undefined },
      onTooLarge: error => this.#fail(error)
    })
  }

  #startPatience (): void {
    if (!this.#awaitsHead) return // a body that goes on after its answer has begun
    if (this.#patience !== undefined) this.#patience.refresh()
    else this.#patience = setTimeout(() => this.#onLate(), this.#options.responseTimeoutMs)
  }

  #onLate (): void {
    this.#patience = undefined
    if (this.#awaitsHead) this.#fail(new ERR_UPSTREAM_TIMEOUT())
  }

  /** Takes what came in, when it comes in: nobody else is to call it. */
  accept (size: number, read: Buffer): void {
    const reader = this.#reader
    if (reader === undefined) {
      this.close() // nothing is asked: whatever it is, it answers no request to come
      return
    }
    let part: ResponsePart | undefined
    try {
      part = reader.read(read.subarray(0, size))
    } catch (error) {
      this.#fail(error as Error)
      return
    }
    if (part !== undefined) this.#pass(part, reader)
  }

  #pass (part: ResponsePart, reader: ResponseReader): void {
    const exchange = this.#exchange as Exchange
    this.#awaitsHead = false
    if (!part.ended) {
      this.#awaitMore()
      exchange.onPart(part)
      return
    }
    this.#exchange = undefined
    this.#reader = undefined
    clearTimeout(this.#silence)
    this.#silence = undefined
    // An answer may come before the whole request was sent: the rest must not stand before the next one.
    const isSent = this.#stopBody === undefined && this.#socket.writableLength === 0
    this.#stopBody?.()
    this.#stopBody = undefined
    exchange.onPart(part)
    const { onFree } = this.#owner
    if (onFree !== undefined && isSent && reader.keepMs > 0 && !this.isClosed) onFree(this, reader.keepMs)
    else this.close()
  }

  #awaitMore (): void {
    clearTimeout(this.#patience)
    this.#patience = undefined
    if (this.#silence !== undefined) this.#silence.refresh()
    else this.#silence = setTimeout(() => this.#onSilent(), this.#options.silenceMs)
  }

  #onSilent (): void {
    // Not read: it may well have something to say.
    if (this.#socket.isPaused()) this.#silence?.refresh()
    else this.#fail(new Error('the answer stopped'))
  }

  #onEnd (): void {
    const reader = this.#reader
    if (reader === undefined) {
      this.close()
      return
    }
    const part = reader.close()
    if (part === undefined) this.#fail(new Error(CLOSED))
    else this.#pass(part, reader)
  }

  #fail (error: Error): void {
    const exchange = this.#exchange
    this.close()
    exchange?.onError(error)
  }
}
