import type { Socket } from 'node:net'
import type { Upstream } from '../config/upstreams.js'
import { ERR_UPSTREAM_RESPONSE, ERR_UPSTREAM_TIMEOUT } from '../errors.js'
import type { AnswerHead } from '../http/answer-heads.js'
import { findSwitchFault } from '../http/handshake.js'
import { readAnswerStart, type InformationalHead } from '../http/informational-head.js'
import { dial, type Inlet, type Reader } from './dial.js'
import { OrdinaryAnswer, type Refusal } from './ordinary-answer.js'

/** One handshake with one instance. */
export interface HandshakeOptions {
  readonly upstream: Upstream
  /** The request's head, as latin1. */
  readonly head: string
  /** The client's Sec-WebSocket-Key, which the instance must answer. */
  readonly key: string
  readonly connectTimeoutMs: number
  /** From the connection to the head of the answer. */
  readonly upgradeTimeoutMs: number
}

/** A connection to an instance that has switched to WebSocket; its inlet takes a new reader at once. */
export interface Switched {
  readonly kind: 'switched'
  readonly rawHeaders: readonly string[]
  readonly socket: Socket
  readonly inlet: Inlet
  /** What came behind the head, as latin1. */
  readonly rest: string
}

/** What an instance made of the handshake; `connect` means that nothing was sent. */
export type HandshakeAnswer =
  | Switched
  | { kind: 'refused', refusal: Refusal }
  | { kind: 'failed', error: Error, connect: boolean }

/**
 * Dials an instance and passes a WebSocket handshake on (RFC 6455 §4). A 101 counts only when it answers
 * this very handshake; any other status is the instance's own answer, whose body still streams.
 * @param done called once
 * @returns gives the handshake up; `done` is not called afterwards
 */
export function shakeHands (options: HandshakeOptions, done: (answer: HandshakeAnswer) => void): () => void {
  const handshake = new Handshake(options, done)
  return () => handshake.giveUp()
}

/** It reads the answer itself as long as that may be a 101. */
class Handshake implements Reader {
  readonly #socket: Socket
  readonly #inlet: Inlet
  readonly #key: string
  readonly #done: (answer: HandshakeAnswer) => void
  #timer: NodeJS.Timeout | undefined
  #settled = false
  #seen = ''

  constructor (options: HandshakeOptions, done: (answer: HandshakeAnswer) => void) {
    const { upstream, head, key, connectTimeoutMs, upgradeTimeoutMs } = options
    this.#key = key
    this.#done = done
    this.#inlet = { reader: this }
    this.#socket = dial(upstream, connectTimeoutMs, (error, socket) => {
      if (this.#settled) return
      if (socket === null) {
        this.#fail(error as Error, true)
        return
      }
      this.#timer = setTimeout(() => this.#fail(new ERR_UPSTREAM_TIMEOUT()), upgradeTimeoutMs)
      socket.on('end', this.#onGone).on('error', this.#onGone).on('close', this.#onGone)
      socket.write(head, 'latin1')
    }, this.#inlet)
  }

  giveUp (): void {
    this.#settled = true
    clearTimeout(this.#timer)
    this.#socket.destroy()
  }

  accept (size: number, bytes: Buffer): void {
    this.#seen += bytes.toString('latin1', 0, size)
    while (!this.#settled) {
      const start = readAnswerStart(this.#seen)
      if (start.kind === 'partial') return
      if (start.kind === 'other') {
        this.#handOver()
        return
      }
      if (start.kind === 'fault') this.#reject(`the instance's answer cannot be read: ${start.message}`)
      else this.#takeHead(start.head)
    }
  }

  #takeHead ({ status, rawHeaders, size }: InformationalHead): void {
    this.#seen = this.#seen.slice(size)
    if (status !== 101) return // an interim answer; the final one follows (RFC 9110 §15.2)
    const fault = findSwitchFault(rawHeaders, this.#key)
    if (fault !== undefined) this.#reject(`the instance's 101 does not fit: ${fault}`)
    else this.#settle({ kind: 'switched', rawHeaders, socket: this.#socket, inlet: this.#inlet, rest: this.#seen })
  }

  /** The clock runs on until the head is there. */
  #handOver (): void {
    this.#letGo()
    const answer = new OrdinaryAnswer(this.#socket, {
      onPart: first => {
        const head = first.head as AnswerHead // it comes with the first part
        this.#settle({ kind: 'refused', refusal: { head, first, answer } })
      },
      onError: cause => this.#fail(new ERR_UPSTREAM_RESPONSE({ cause }))
    })
    this.#inlet.reader = answer
    const seen = Buffer.from(this.#seen, 'latin1')
    answer.accept(seen.length, seen)
  }

  readonly #onGone = (cause: unknown) => {
    this.#fail(new ERR_UPSTREAM_RESPONSE({ cause: cause instanceof Error ? cause : new Error('the instance hung up') }))
  }

  #reject (message: string): void {
    this.#fail(new ERR_UPSTREAM_RESPONSE({ cause: new Error(message) }))
  }

  #fail (error: Error, connect = false): void {
    this.#settle({ kind: 'failed', error, connect })
  }

  #settle (answer: HandshakeAnswer): void {
    clearTimeout(this.#timer)
    if (this.#settled) return
    this.#settled = true
    this.#letGo()
    if (answer.kind === 'failed') this.#socket.destroy()
    this.#done(answer)
  }

  #letGo (): void {
    this.#socket.off('end', this.#onGone).off('error', this.#onGone).off('close', this.#onGone)
  }
}
