import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Upstream } from '../config/upstreams.js'
import {
  ERR_BODY_TOO_LARGE, ERR_INTERNAL, ERR_UPSTREAM_CONNECT, ERR_UPSTREAM_RESPONSE, ERR_UPSTREAM_TIMEOUT,
  ERR_UPSTREAM_UNAVAILABLE
} from '../errors.js'
import { isFramedPlainly, responseHeadersToForward, type OwnHeaders } from '../http/headers.js'
import { markConnected, type Instance } from '../upstream/instance.js'
import type { Pool } from '../upstream/pool.js'
import { announcedLength, announcesBody, boundedBody } from './body.js'
import type { Clients } from './clients.js'
import { connectCause, isOutOfSockets } from './connect-failure.js'
import { connectionOf, drainBody, type Connection } from './connection.js'
import { boundStall } from './stall.js'

/** What every request is forwarded with. */
export interface ForwardOptions {
  readonly pool: Pool<Upstream>
  readonly clientOf: Clients['clientOf']
  readonly bodyLimitBytes: number
  /** From the request's last byte to the first byte of its answer. */
  readonly responseTimeoutMs: number
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

/** RFC 9112 §4: reason-phrase; others are dropped rather than passed on. */
const REASON = /^[\t\x20-\x7e\x80-\xff]*$/

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

/** The state of one request under way: a class, because undici's dispatch wants a handler object anyway. */
class Forwarding implements Dispatcher.DispatchHandler {
  readonly #options: ForwardOptions
  readonly #job: ForwardJob
  readonly #connection: Connection
  readonly #body: ReturnType<typeof boundedBody> | null
  readonly #tried = new Set<Instance<Upstream>>()
  readonly #onGone = (reason?: Error) => this.#abandon(reason)
  #instance: Instance<Upstream> | undefined
  #controller: Dispatcher.DispatchController | undefined
  #startedAt = 0
  #refusal: Error | undefined
  #timer: NodeJS.Timeout | undefined
  #deadline: NodeJS.Timeout | undefined
  #onFull: (() => void) | undefined
  #repeated = false
  #headWritten = false
  #over = false

  constructor (options: ForwardOptions, job: ForwardJob) {
    this.#options = options
    this.#job = job
    this.#connection = connectionOf(job.request.socket)
    this.#connection.onGone.add(this.#onGone)
    this.#body = announcesBody(job.request)
      ? boundedBody(job.request, options.bodyLimitBytes, () => this.#timer?.refresh())
      : null
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
    const { request, headers, targetFor } = this.#job
    this.#instance = instance
    this.#controller = undefined
    this.#options.pool.acquire(instance)
    this.#options.clientOf(instance, this.#repeated ? 'new' : 'kept').dispatch({
      path: targetFor(instance.upstream),
      method: request.method as Dispatcher.HttpMethod,
      headers: withLength(headers, request),
      body: this.#body
    }, this)
  }

  /** undici: a connection is there and the head is about to be written. */
  onRequestStart (controller: Dispatcher.DispatchController): void {
    if (this.#over) {
      controller.abort(new Error('the client left'))
      return
    }
    this.#controller = controller
    if (this.#instance !== undefined) markConnected(this.#instance)
    const onLate = () => controller.abort(new ERR_UPSTREAM_TIMEOUT())
    this.#timer = setTimeout(onLate, this.#options.responseTimeoutMs)
  }

  /** undici: a head has come, perhaps an interim one (1xx), which is not passed on. */
  onResponseStart (controller: Dispatcher.DispatchController, status: number, _: unknown, reason = ''): void {
    if (status < 200) return
    clearTimeout(this.#timer)
    const { response, onHead } = this.#job
    const raw = (controller.rawHeaders as Buffer[]).map(line => line.toString('latin1'))
    if (!isFramedPlainly(raw)) {
      controller.abort(new ERR_UPSTREAM_RESPONSE())
      return
    }
    this.#headWritten = true
    response.writeHead(status, REASON.test(reason) ? reason : '', responseHeadersToForward(raw, onHead()))
    this.#onFull = boundStall(response, this.#options.stallMs ?? STALL_MS)
    response.on('drain', () => controller.resume())
    flushTogether(response)
  }

  /** undici: bytes of the answer's body. */
  onResponseData (controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#job.response.write(chunk)) return
    controller.pause()
    this.#onFull?.()
  }

  /** undici: the answer is complete. */
  onResponseEnd (): void {
    const { request, response } = this.#job
    this.#finish()
    // An instance may answer before it has the whole body; the rest must not stand before the next request.
    response.once('finish', () => drainBody(request))
    response.end()
    this.#onFull?.() // what is left in the buffer must be taken, too
  }

  /** undici: no connection, a broken or invalid answer, our own abort, or a body that failed. */
  onResponseError (_controller: unknown, error: Error): void {
    const instance = this.#instance
    const sent = this.#controller !== undefined
    clearTimeout(this.#timer)
    this.#release()
    if (this.#over) return
    if (this.#headWritten) {
      // A clean end would make a cut answer look whole.
      this.#finish()
      this.#job.response.destroy()
    } else if (isOurs(error)) this.#fail(error)
    else if (instance === undefined || isBadRequest(error)) this.#fail(new ERR_INTERNAL({ cause: error }))
    else if (!sent) this.#retryElsewhere(instance, error)
    else if (this.#mayRepeat()) this.#send(instance)
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
    this.#tried.add(instance)
    this.next()
  }

  /**
   * Most often a kept connection that the instance closed just then. The others kept may be as stale: one
   * more try, on a new connection, is right.
   */
  #mayRepeat (): boolean {
    if (this.#repeated || this.#body !== null) return false
    if (!IDEMPOTENT.has(this.#job.request.method as string)) return false
    this.#repeated = true
    return true
  }

  /** The client is gone, or too slow to be waited for: the instance's work for it ends, too. */
  #abandon (reason?: Error): void {
    const { response, onFailure } = this.#job
    this.#finish()
    this.#controller?.abort(new Error('the client left'))
    if (reason === undefined) return
    this.#connection.closing = true
    response.shouldKeepAlive = false // what still comes of this request is not read (RFC 9110 §15.5.9)
    if (this.#headWritten) response.destroy()
    else onFailure(reason)
  }

  /** Nobody is to get this answer any more. */
  revoke (): void {
    if (this.#over) return
    if (this.#headWritten) this.#cut()
    else this.#deadline ??= setTimeout(() => this.#cut(), this.#options.revokeWithinMs ?? 0)
  }

  #cut (): void {
    this.#finish()
    this.#controller?.abort(new Error('the origin is no longer allowed'))
    this.#job.request.socket.destroy()
  }

  #fail (error: Error): void {
    this.#finish()
    this.#job.onFailure(error)
  }

  #finish (): void {
    this.#over = true
    clearTimeout(this.#timer)
    clearTimeout(this.#deadline)
    this.#connection.onGone.delete(this.#onGone)
    this.#body?.destroy()
    this.#release()
    this.#job.onEnd()
  }

  #release (): void {
    if (this.#instance !== undefined) this.#options.pool.release(this.#instance)
    this.#instance = undefined
  }
}

/**
 * Head and first chunk leave in one write when they came together; a head that came alone is not held back.
 */
function flushTogether (response: ServerResponse): void {
  response.cork()
  process.nextTick(() => {
    response.flushHeaders()
    response.uncork()
  })
}

/** undici frames a body by the length it is told, else in chunks. */
function withLength (headers: readonly string[], request: IncomingMessage): string[] {
  const length = request.headers['content-length']
  return length === undefined ? [...headers] : [...headers, 'content-length', length]
}

function isOurs (error: Error): boolean {
  return error instanceof ERR_BODY_TOO_LARGE || error instanceof ERR_UPSTREAM_TIMEOUT ||
    error instanceof ERR_UPSTREAM_RESPONSE
}

/** undici would not send it: no instance is to blame. */
function isBadRequest (error: Error & { code?: string }): boolean {
  return error.code === 'UND_ERR_INVALID_ARG' || error.code === 'UND_ERR_NOT_SUPPORTED'
}
