import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Upstream } from '../config/upstreams.js'
import { ERR_UPSTREAM_CONNECT, ERR_UPSTREAM_UNAVAILABLE } from '../errors.js'
import { FrameTracker } from '../http/frame-boundary.js'
import { writeSwitch } from '../http/handshake.js'
import type { OwnHeaders } from '../http/headers.js'
import { markConnected, type Instance } from '../upstream/instance.js'
import type { Pool } from '../upstream/pool.js'
import { connectionOf } from './connection.js'
import { holdEarlyBytes, type EarlyBytes } from './early-bytes.js'
import { joinSockets, type TunnelEnd } from './tunnel.js'
import { shakeHands, type HandshakeAnswer } from './upgrade.js'

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

type Switched = HandshakeAnswer & { kind: 'switched' }

/** One upgrade that passed the gate. */
export interface TunnelJob {
  readonly socket: Socket
  /** Bytes that came with the head. */
  readonly head: Buffer
  readonly key: string
  readonly headers: readonly string[]
  readonly targetFor: (upstream: Upstream) => string
  /** How long the tunnel may take to end once it is revoked; left out, its frames are not followed. */
  readonly revokeWithinMs?: number | undefined
  /**
   * The instance said 101: the socket is the tunnel's from here on. Returns what the gateway adds to the
   * head.
   */
  readonly onSwitch: (instance: Instance<Upstream>) => OwnHeaders
  /**
   * The instance refused; its answer is to be relayed. The opening lasts until `onEnd` is called: a relayed
   * answer is bounded and ended as a tunnel is. Returns what cuts it.
   */
  readonly onRefusal: (answer: IncomingMessage, onEnd: () => void) => () => void
  readonly onFailure: (error: Error) => void
  /** Called once and last, whatever happened: `by` is undefined when no tunnel was opened. */
  readonly onEnd: (by: TunnelEnd | undefined) => void
}

/**
 * Dials an instance, passes the handshake on and joins the sockets after a 101. A failed connect moves on to
 * another instance; a handshake that was sent is not sent again. A client that leaves meanwhile ends it.
 * @returns ends it from outside, in any state
 */
export function openTunnel (settings: TunnelSettings, job: TunnelJob): (by: TunnelEnd) => void {
  const opening = new Opening(settings, job)
  opening.start()
  return by => opening.end(by)
}

/** One upgrade on its way to a tunnel, and the tunnel. */
class Opening {
  readonly #settings: TunnelSettings
  readonly #job: TunnelJob
  readonly #early: EarlyBytes
  readonly #tried = new Set<Instance<Upstream>>()
  /** Ends what is under way, whatever that is at the time. */
  #stop: ((by: TunnelEnd) => void) | undefined
  #over = false
  #refusal: Error | undefined
  readonly #giveUp = () => this.#stop?.('client')

  constructor (settings: TunnelSettings, job: TunnelJob) {
    this.#settings = settings
    this.#job = job
    this.#early = holdEarlyBytes(job.socket, job.head)
  }

  start (): void {
    const { socket } = this.#job
    connectionOf(socket).onGone.add(this.#giveUp)
    if (socket.destroyed) this.#finish() // left while the hooks ran: there is no 'close' to come
    else this.#dialNext()
  }

  end (by: TunnelEnd): void {
    if (!this.#over) this.#stop?.(by)
  }

  #dialNext (): void {
    const { pool, now, connectTimeoutMs, upgradeTimeoutMs } = this.#settings
    const { targetFor, headers, key, onFailure } = this.#job
    const startedAt = now()
    const instance = pool.pick({ exclude: this.#tried, now: startedAt })
    if (instance === undefined) {
      const cause = this.#refusal
      onFailure(cause === undefined ? new ERR_UPSTREAM_UNAVAILABLE() : new ERR_UPSTREAM_CONNECT({ cause }))
      this.#finish()
      return
    }
    pool.acquire(instance)
    const { upstream } = instance
    const abort = shakeHands(
      { upstream, target: targetFor(upstream), headers, key, connectTimeoutMs, upgradeTimeoutMs },
      answer => this.#settle(instance, answer, startedAt)
    )
    this.#stop = () => {
      abort()
      pool.release(instance)
      this.#finish()
      this.#job.socket.destroy()
    }
  }

  #settle (instance: Instance<Upstream>, answer: HandshakeAnswer, startedAt: number): void {
    const { pool, onRefused } = this.#settings
    if (answer.kind === 'failed' && answer.connect) {
      pool.release(instance)
      onRefused(instance, startedAt, answer.error)
      this.#tried.add(instance)
      this.#refusal = answer.error
      this.#dialNext()
      return
    }
    markConnected(instance)
    if (answer.kind === 'switched') {
      this.#join(instance, answer)
      return
    }
    const release = () => {
      pool.release(instance)
      this.#finish()
    }
    if (answer.kind === 'refused') {
      this.#stop = this.#job.onRefusal(answer.response, release)
      return
    }
    this.#job.onFailure(answer.error)
    release()
  }

  #join (instance: Instance<Upstream>, { response, socket: far, head }: Switched): void {
    const { socket, onSwitch, revokeWithinMs: withinMs } = this.#job
    const frames = new FrameTracker()
    connectionOf(socket).onGone.delete(this.#giveUp) // from here on the tunnel notices
    socket.write(writeSwitch(response.rawHeaders, onSwitch(instance)), 'latin1')
    if (head.length > 0) {
      frames.pass(head)
      socket.write(head)
    }
    for (const chunk of this.#early.take()) far.write(chunk)
    this.#stop = joinSockets(socket, far, {
      idleTimeoutMs: this.#settings.idleTimeoutMs,
      ...(withinMs !== undefined && { revocable: { frames, withinMs } }),
      onEnd: by => {
        this.#settings.pool.release(instance)
        this.#finish(by)
      }
    })
  }

  #finish (by?: TunnelEnd): void {
    this.#over = true
    connectionOf(this.#job.socket).onGone.delete(this.#giveUp)
    this.#job.onEnd(by)
  }
}
