import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Upstream } from '../config/upstreams.js'
import {
  ERR_BODY_TOO_LARGE, ERR_INTERNAL, ERR_UPSTREAM_CONNECT, ERR_UPSTREAM_RESPONSE, ERR_UPSTREAM_TIMEOUT,
  ERR_UPSTREAM_UNAVAILABLE
} from '../errors.js'
import type { OwnHeaders } from '../http/headers.js'
import { writeRequestHead } from '../http/request-head.js'
import { ResponseFault, type ResponsePart } from '../http/response-reader.js'
import { markConnected, type Instance } from '../upstream/instance.js'
import type { Pool } from '../upstream/pool.js'
import { AnswerWriter } from './answer-writer.js'
import { announcedLength, announcesBody } from './body.js'
import type { Clients } from './clients.js'
import { connectCause, isOutOfSockets } from './connect-failure.js'
import { connectionOf, drainBody, type Connection } from './connection.js'
import type { Exchange, HttpConnection } from './http-connection.js'

/** What every request is forwarded with. */
export interface ForwardOptions {
  readonly pool: Pool<Upstream>
  readonly clientOf: Clients['clientOf']
  readonly bodyLimitBytes: number
  /** For how long a client may take nothing of an answer that waits for it; 60 s when left out. */
  readonly stallMs?: number
  /** For how long a request whose answer has not begun may go on when it is to end; 0 when left out. */
  readonly revokeWithinMs?: number | undefined
  readonly now: () => number
  /** Told of a connect that failed, with the time (ms) it began; sets the instance aside. */
  readonly onRefused: (instance: Instance<Upstream>, startedAt: number, error: Error) => void
}

/** One request to forward. */
export interface ForwardJob {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The SockJS session id when the request belongs to one instance. */
  readonly key: string | undefined
  /** Header lines for the instance, without Host and framing. */
  readonly headers: readonly string[]
  readonly targetFor: (upstream: Upstream) => string
  /** Called when an answer begins, before its head is written; what the gateway itself says in it. */
  readonly onHead: () => OwnHeaders
  /** Called instead of onHead when there is no answer: nothing was written yet. */
  readonly onFailure: (error: Error) => void
  /** Called once, when nothing is under way any more: the rest of a whole answer may still be sent. */
  readonly onEnd: () => void
}

/** RFC 9110 §9.2.2; TRACE is not routed. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/** A page that still reads takes something within this time, however slow its network. */
const STALL_MS = 60_000

/** Whose requests carry a body; without one they say so (RFC 9110 §8.6). */
const EXPECTS_BODY = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/**
 * Sends one HTTP request to one instance and streams the answer back, unbuffered, with backpressure both
 * ways. A failed connect moves on to another instance. A request that was sent is sent once more only when
 * it is idempotent and has no body, and only before its answer's head (RFC 9110 §9.2.2). A client that
 * leaves ends it all.
 * @returns ends it from outside, and the client's connection with it: at once when its answer has begun, as a
 *   clean end would make that look whole; else after `revokeWithinMs`, if there is none by then
 */
export function forward (options: ForwardOptions, job: ForwardJob): () => void {
  if (job.request.socket.destroyed) { // left while the hooks ran: no 'close' is to come, and no reader
    job.onEnd()
    return isOver
  }
  const length = announcedLength(job.request)
  if (length > options.bodyLimitBytes) {
    job.onFailure(new ERR_BODY_TOO_LARGE(options.bodyLimitBytes))
    job.onEnd()
    return isOver
  }
  // Node leaves the 100 to us: only a request that passed the gate is asked for its body, and a client of
  // HTTP/1.0 never is (RFC 9110 §10.1.1).
  const { headers, httpVersionMinor } = job.request
  if (headers.expect !== undefined && httpVersionMinor > 0) job.response.writeContinue()
  const forwarding = new Forwarding(options, job)
  forwarding.next()
  return () => forwarding.revoke()
}

/** What ends a request that was never under way. */
function isOver (): void {}

/** The state of one request under way. */
class Forwarding implements Exchange {
  readonly #options: ForwardOptions
  readonly #job: ForwardJob
  readonly #client: Connection
  readonly #hasBody: boolean
  readonly #onGone = (reason?: Error) => this.#abandon(reason)
  #tried: Set<Instance<Upstream>> | undefined
  #instance: Instance<Upstream> | undefined
  #connection: HttpConnection | undefined
  #startedAt = 0
  #refusal: Error | undefined
  #deadline: NodeJS.Timeout | undefined
  #answer: AnswerWriter | undefined
  #sent = false
  #repeated = false
  #over = false

  constructor (options: ForwardOptions, job: ForwardJob) {
    this.#options = options
    this.#job = job
    this.#hasBody = announcesBody(job.request)
    this.#client = connectionOf(job.request.socket)
    this.#client.onGone.add(this.#onGone)
  }

  /** Picks an instance that was not tried yet and sends the request there. */
  next (): void {
    const { pool, now } = this.#options
    this.#startedAt = now()
    const instance = pool.pick({ key: this.#job.key, exclude: this.#tried, now: this.#startedAt })
    if (instance === undefined) {
      this.#fail(this.#refusal === undefined
        ? new ERR_UPSTREAM_UNAVAILABLE()
        : new ERR_UPSTREAM_CONNECT({ cause: this.#refusal }))
      return
    }
    this.#send(instance)
  }

  #send (instance: Instance<Upstream>): void {
    const { request } = this.#job
    const kind = this.#repeated ? 'new' : 'kept'
    let head: string
    try {
      head = this.#writeHead(instance.upstream, this.#repeated ? 'close' : 'keep')
    } catch (error) {
      this.#fail(new ERR_INTERNAL({ cause: error }))
      return
    }
    this.#sent = false
    this.#instance = instance
    this.#options.pool.acquire(instance)
    this.#connection = this.#options.clientOf(instance).dispatch({
      method: request.method as string, head, body: this.#hasBody ? request : undefined
    }, this, kind)
  }

  #writeHead (upstream: Upstream, then: 'keep' | 'close'): string {
    const { request, headers: lines, targetFor } = this.#job
    const { method = '' } = request
    const isChunked = this.#hasBody && request.headers['content-length'] === undefined
    // The number, not what the client wrote: `010` is eight to some.
    const length = isChunked ? 'chunked' : String(announcedLength(request))
    const body = this.#hasBody || EXPECTS_BODY.has(method) ? length : 'none'
    return writeRequestHead({
      method, target: targetFor(upstream), authority: upstream.authority, headers: lines, body, then
    })
  }

  /** A connection is there and the head is about to be written. */
  onSend (): void {
    this.#sent = true
    if (this.#instance !== undefined) markConnected(this.#instance)
  }

  /** The answer's head, bytes of its body, its end, or all of these at once. */
  onPart (part: ResponsePart): void {
    const { request, response, onHead } = this.#job
    this.#answer ??= new AnswerWriter(response, this.#options.stallMs ?? STALL_MS)
    const own = part.head && onHead()
    if (!part.ended) {
      this.#answer.pass(part, own, this.#connection as HttpConnection)
      return
    }
    this.#finish()
    // An instance may answer before it has the whole body; the rest must not stand before the next request.
    if (!request.complete) response.once('finish', () => drainBody(request))
    this.#answer.end(part, own)
  }

  /** No connection, a broken or invalid answer, or a body that is too large. */
  onError (error: Error): void {
    const instance = this.#instance as Instance<Upstream>
    this.#release()
    if (this.#answer !== undefined) {
      // A clean end would make a cut answer look whole.
      this.#finish()
      this.#job.response.destroy()
    } else if (isOurs(error)) this.#fail(error)
    else if (!this.#sent) this.#retryElsewhere(instance, error)
    else if (!(error instanceof ResponseFault) && this.#mayRepeat()) this.#send(instance)
    else this.#fail(new ERR_UPSTREAM_RESPONSE({ cause: error }))
  }

  #retryElsewhere (instance: Instance<Upstream>, error: Error): void {
    const cause = new Error(connectCause(error), { cause: error })
    this.#options.onRefused(instance, this.#startedAt, error)
    if (isOutOfSockets(error)) {
      this.#fail(new ERR_UPSTREAM_UNAVAILABLE({ cause }))
      return
    }
    this.#refusal = cause
    this.#tried ??= new Set()
    this.#tried.add(instance)
    this.next()
  }

  /**
   * Most often a kept connection that the instance closed just then. The others kept may be as stale: one
   * more try, on a new connection, is right.
   */
  #mayRepeat (): boolean {
    if (this.#repeated || this.#hasBody) return false
    if (!IDEMPOTENT.has(this.#job.request.method as string)) return false
    this.#repeated = true
    return true
  }

  /** The client is gone, or too slow to be waited for: the instance's work for it ends, too. */
  #abandon (reason?: Error): void {
    const { response, onFailure } = this.#job
    this.#finish()
    this.#connection?.close()
    if (reason === undefined) return
    this.#client.closing = true
    response.shouldKeepAlive = false // what still comes of this request is not read (RFC 9110 §15.5.9)
    if (this.#answer !== undefined) response.destroy()
    else onFailure(reason)
  }

  /** Nobody is to get this answer any more. */
  revoke (): void {
    if (this.#over) return
    if (this.#answer !== undefined) this.#cut()
    else this.#deadline ??= setTimeout(() => this.#cut(), this.#options.revokeWithinMs ?? 0)
  }

  #cut (): void {
    this.#finish()
    this.#connection?.close()
    this.#job.request.socket.destroy()
  }

  #fail (error: Error): void {
    this.#finish()
    this.#job.onFailure(error)
  }

  #finish (): void {
    this.#over = true
    clearTimeout(this.#deadline)
    this.#client.onGone.delete(this.#onGone)
    this.#release()
    this.#job.onEnd()
  }

  #release (): void {
    if (this.#instance !== undefined) this.#options.pool.release(this.#instance)
    this.#instance = undefined
  }
}

function isOurs (error: Error): boolean {
  return error instanceof ERR_BODY_TOO_LARGE || error instanceof ERR_UPSTREAM_TIMEOUT
}
