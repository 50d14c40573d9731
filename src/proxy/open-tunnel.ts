import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Upstream } from '../config/upstreams.js'
import { ERR_UPSTREAM_CONNECT, ERR_UPSTREAM_UNAVAILABLE } from '../errors.js'
import { writeSwitch } from '../http/handshake.js'
import type { OwnHeaders } from '../http/headers.js'
import { markConnected, type Instance } from '../upstream/instance.js'
import type { Pool } from '../upstream/pool.js'
import { connectionOf } from './connection.js'
import { holdEarlyBytes } from './early-bytes.js'
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

/** One upgrade that passed the gate. */
export interface TunnelJob {
  readonly socket: Socket
  /** Bytes that came with the head. */
  readonly head: Buffer
  readonly key: string
  readonly headers: readonly string[]
  readonly targetFor: (upstream: Upstream) => string
  /**
   * The instance said 101: the socket is the tunnel's from here on. Returns what the gateway adds to the
   * head.
   */
  readonly onSwitch: (instance: Instance<Upstream>) => OwnHeaders
  /** The instance refused; its answer is to be relayed. */
  readonly onRefusal: (answer: IncomingMessage) => void
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
  const { pool, now } = settings
  const { socket } = job
  const { onGone } = connectionOf(socket)
  const early = holdEarlyBytes(socket, job.head)
  const tried = new Set<Instance<Upstream>>()
  let stop: (by: TunnelEnd) => void = () => {}
  let over = false

  const finish = (by?: TunnelEnd) => {
    over = true
    onGone.delete(giveUp)
    job.onEnd(by)
  }
  const giveUp = () => stop('client')
  onGone.add(giveUp)

  const next = () => {
    const startedAt = now()
    const instance = pool.pick({ exclude: tried, now: startedAt })
    if (instance === undefined) {
      job.onFailure(tried.size > 0 ? new ERR_UPSTREAM_CONNECT() : new ERR_UPSTREAM_UNAVAILABLE())
      finish()
      return
    }
    pool.acquire(instance)
    const abort = shakeHands({
      upstream: instance.upstream,
      target: job.targetFor(instance.upstream),
      headers: job.headers,
      key: job.key,
      connectTimeoutMs: settings.connectTimeoutMs,
      upgradeTimeoutMs: settings.upgradeTimeoutMs
    }, answer => settle(instance, answer, startedAt))
    stop = () => {
      abort()
      pool.release(instance)
      finish()
      socket.destroy()
    }
  }

  const settle = (instance: Instance<Upstream>, answer: HandshakeAnswer, startedAt: number) => {
    if (answer.kind === 'failed' && answer.connect) {
      pool.release(instance)
      settings.onRefused(instance, startedAt, answer.error)
      tried.add(instance)
      next()
      return
    }
    markConnected(instance)
    if (answer.kind === 'switched') {
      onGone.delete(giveUp)
      join(instance, answer)
      return
    }
    pool.release(instance)
    if (answer.kind === 'refused') job.onRefusal(answer.response)
    else job.onFailure(answer.error)
    finish()
  }

  const join = (instance: Instance<Upstream>, answer: HandshakeAnswer & { kind: 'switched' }) => {
    const own = job.onSwitch(instance)
    socket.write(writeSwitch(answer.response.rawHeaders, own), 'latin1')
    if (answer.head.length > 0) socket.write(answer.head)
    for (const chunk of early.take()) answer.socket.write(chunk)
    stop = joinSockets(socket, answer.socket, {
      idleTimeoutMs: settings.idleTimeoutMs,
      onEnd: by => {
        pool.release(instance)
        finish(by)
      }
    })
  }

  if (socket.destroyed) finish() // left while the hooks ran: there is no 'close' to come
  else next()
  return by => { if (!over) stop(by) }
}
