import type { Socket } from 'node:net'
import type { Upstream } from '../config/upstreams.js'
import { ERR_INTERNAL, ERR_UPSTREAM_CONNECT, ERR_UPSTREAM_UNAVAILABLE } from '../errors.js'
import { FrameTracker } from '../http/frame-boundary.js'
import { writeSwitch } from '../http/handshake.js'
import type { OwnHeaders } from '../http/headers.js'
import { writeRequestHead } from '../http/request-head.js'
import { markConnected, type Instance } from '../upstream/instance.js'
import type { Pool } from '../upstream/pool.js'
import { connectionOf } from './connection.js'
import { holdEarlyBytes, type EarlyBytes } from './early-bytes.js'
import type { Refusal } from './ordinary-answer.js'
import { joinSockets, type TunnelEnd } from './tunnel.js'
import { shakeHands, type HandshakeAnswer, type Switched } from './upgrade.js'

/** What every tunnel is opened with. */
export interface TunnelSettings {
  readonly pool: Pool<Upstream>
  readonly connectTimeoutMs: number
  readonly upgradeTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly now: () => number
  /** Told of a connect that failed, with the time (ms) it began; sets the instance aside. */
  readonly onRefused: (instance: Instance<Upstream>, startedAt: number, error: Error) => void
}

/** What an upgrade asks instances for. */
export interface Ask {
  /** Bytes that came with the head. */
  readonly head: Buffer
  readonly key: string
  readonly headers: readonly string[]
  readonly targetFor: (upstream: Upstream) => string
}

/** One upgrade that passed the gate. It is held as long as its tunnel, so it should hold little itself. */
export interface TunnelJob {
  readonly socket: Socket
  /** How long the tunnel may take to end once it is revoked; left out, its frames are not followed. */
  readonly revokeWithinMs?: number | undefined
  /**
   * The instance said 101: the socket is the tunnel's from here on. Returns what the gateway adds to the
   * head.
   */
  onSwitch (instance: Instance<Upstream>): OwnHeaders
  /**
   * The instance refused; its answer is to be relayed. The opening lasts until `onEnd` is called: a relayed
   * answer is bounded and ended as a tunnel is. Returns what cuts it.
   */
  onRefusal (refusal: Refusal, onEnd: () => void): () => void
  onFailure (error: Error): void
  /** Called once and last, whatever happened: `by` is undefined when no tunnel was opened. */
  onEnd (by: TunnelEnd | undefined): void
}

/** What can be ended from outside, in any state. */
export interface OpenTunnel { end (by: TunnelEnd): void }

/**
 * Dials an instance, passes the handshake on and joins the sockets after a 101. A failed connect moves on to
 * another instance; a handshake that was sent is not sent again. A client that leaves meanwhile ends it.
 */
export function openTunnel (settings: TunnelSettings, job: TunnelJob, ask: Ask): OpenTunnel {
  const opening = new Opening(settings, job, ask)
  opening.start()
  return opening
}

/** What only the way to a tunnel needs: once it stands, this is let go. */
interface Way {
  readonly ask: Ask
  readonly early: EarlyBytes
  readonly tried: Set<Instance<Upstream>>
  readonly giveUp: () => void
}

/** One upgrade on its way to a tunnel, and the tunnel. */
class Opening implements OpenTunnel {
  readonly #settings: TunnelSettings
  readonly #job: TunnelJob
  #way: Way | undefined
  /** Ends what is under way, whatever that is at the time. */
  #stop: OpenTunnel | undefined
  #over = false
  #refusal: Error | undefined

  constructor (settings: TunnelSettings, job: TunnelJob, ask: Ask) {
    this.#settings = settings
    this.#job = job
    this.#way = {
      ask, early: holdEarlyBytes(job.socket, ask.head), tried: new Set(), giveUp: () => this.#stop?.end('client')
    }
  }

  start (): void {
    const { socket } = this.#job
    const way = this.#way as Way
    connectionOf(socket).onGone.add(way.giveUp)
    if (socket.destroyed) this.#finish() // left while the hooks ran: there is no 'close' to come
    else this.#dialNext(way)
  }

  end (by: TunnelEnd): void {
    if (!this.#over) this.#stop?.end(by)
  }

  #dialNext (way: Way): void {
    const { pool, now, connectTimeoutMs, upgradeTimeoutMs } = this.#settings
    const { targetFor, headers, key } = way.ask
    const startedAt = now()
    const instance = pool.pick({ exclude: way.tried, now: startedAt })
    if (instance === undefined) {
      const cause = this.#refusal
      const error = cause === undefined ? new ERR_UPSTREAM_UNAVAILABLE() : new ERR_UPSTREAM_CONNECT({ cause })
      this.#refuse(error)
      return
    }
    const { upstream } = instance
    let head: string
    try {
      const { authority } = upstream
      head = writeRequestHead({
        method: 'GET', target: targetFor(upstream), authority, headers, body: 'none', then: 'switch'
      })
    } catch (cause) {
      this.#refuse(new ERR_INTERNAL({ cause }))
      return
    }
    pool.acquire(instance)
    const abort = shakeHands(
      { upstream, head, key, connectTimeoutMs, upgradeTimeoutMs },
      answer => this.#settle(way, instance, answer, startedAt)
    )
    this.#stop = {
      end: () => {
        abort()
        pool.release(instance)
        this.#finish()
        this.#job.socket.destroy()
      }
    }
  }

  #refuse (error: Error): void {
    this.#job.onFailure(error)
    this.#finish()
  }

  #settle (way: Way, instance: Instance<Upstream>, answer: HandshakeAnswer, startedAt: number): void {
    const { pool, onRefused } = this.#settings
    if (answer.kind === 'failed' && answer.connect) {
      pool.release(instance)
      onRefused(instance, startedAt, answer.error)
      way.tried.add(instance)
      this.#refusal = answer.error
      this.#dialNext(way)
      return
    }
    markConnected(instance)
    if (answer.kind === 'switched') {
      this.#join(way, instance, answer)
      return
    }
    const release = () => {
      pool.release(instance)
      this.#finish()
    }
    if (answer.kind === 'refused') {
      this.#stop = { end: this.#job.onRefusal(answer.refusal, release) }
      return
    }
    this.#job.onFailure(answer.error)
    release()
  }

  #join ({ early }: Way, instance: Instance<Upstream>, answer: Switched): void {
    const { socket, revokeWithinMs: withinMs } = this.#job
    this.#leave() // from here on the tunnel notices
    const head = writeSwitch(answer.rawHeaders, this.#job.onSwitch(instance))
    socket.write(head + answer.rest, 'latin1')
    for (const chunk of early.take()) answer.socket.write(chunk)
    this.#stop = joinSockets(socket, answer, {
      idleTimeoutMs: this.#settings.idleTimeoutMs,
      revocable: withinMs === undefined ? undefined : { frames: framesAfter(answer.rest), withinMs },
      onEnd: by => {
        this.#settings.pool.release(instance)
        this.#finish(by)
      }
    })
  }

  #finish (by?: TunnelEnd): void {
    this.#over = true
    this.#leave()
    this.#job.onEnd(by)
  }

  #leave (): void {
    if (this.#way === undefined) return
    connectionOf(this.#job.socket).onGone.delete(this.#way.giveUp)
    this.#way = undefined
  }
}

function framesAfter (rest: string): FrameTracker {
  const frames = new FrameTracker()
  frames.pass(Buffer.from(rest, 'latin1'))
  return frames
}
