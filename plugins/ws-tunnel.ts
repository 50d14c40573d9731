import fp from 'fastify-plugin'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Socket } from 'node:net'
import type { Upstream } from '../src/config/upstreams.js'
import { ERR_SHUTTING_DOWN, ERR_TUNNELS_FULL } from '../src/errors.js'
import type { Upgrade } from '../src/http/handshake.js'
import { ownHeaders, type OwnHeaders } from '../src/http/headers.js'
import { openTunnel, type OpenTunnel, type TunnelJob } from '../src/proxy/open-tunnel.js'
import type { Refusal } from '../src/proxy/ordinary-answer.js'
import { relayRefusal } from '../src/proxy/relay-refusal.js'
import type { TunnelEnd } from '../src/proxy/tunnel.js'
import type { Instance } from '../src/upstream/instance.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Answers an upgrade that passed the gate: with a tunnel, an instance's refusal or an error. */
    openTunnel: (request: FastifyRequest, reply: FastifyReply, hop: TunnelHop) => void
    /** Tunnels open or being opened, and instances' refusals that are still on their way. */
    tunnelCount: () => number
    /** Ends them all; what is already written is sent first, unless they were told before. */
    endTunnels: () => void
  }
}

/** Where an upgrade goes. */
export interface TunnelHop {
  readonly headers: readonly string[]
  readonly targetFor: (upstream: Upstream) => string
}

type WebSocketUpgrade = Upgrade & { kind: 'websocket' }
type UpgradeRequest = NonNullable<FastifyRequest['upgrade']>

/** Owns every tunnel from the first dial to its end: counts them, bounds them, ends them at shutdown. */
export default fp(async function wsTunnel (app) {
  const { config } = app
  const open = new Set<Job>()
  const settings = {
    pool: app.pool,
    connectTimeoutMs: config.CONNECT_TIMEOUT_MS,
    upgradeTimeoutMs: config.UPGRADE_TIMEOUT_MS,
    idleTimeoutMs: config.TUNNEL_IDLE_TIMEOUT_MS,
    now: Date.now,
    onRefused: app.onRefused
  }

  app.decorate('tunnelCount', () => open.size)
  app.decorate('endTunnels', () => {
    for (const job of [...open]) job.end('shutdown')
  })
  app.decorate('openTunnel', (request, reply, hop) => {
    if (app.isDraining()) throw new ERR_SHUTTING_DOWN()
    if (open.size >= config.MAX_TUNNELS) throw new ERR_TUNNELS_FULL()
    const { head, asked } = request.upgrade as UpgradeRequest
    const job = new Job(app, request, reply, open)
    const { key } = asked as WebSocketUpgrade // plugins/upgrade.ts refused all others
    job.tunnel = openTunnel(settings, job, { head, key, ...hop })
  })
}, { name: 'ws-tunnel', dependencies: ['config', 'graceful-close', 'revocation', 'upgrade', 'upstreams'] })

/** The two that make the answer; a tunnel needs neither, and they are larger than all it has. */
interface Exchange { readonly request: FastifyRequest, readonly reply: FastifyReply }

/** One upgrade, counted from its construction to its end. */
class Job implements TunnelJob {
  readonly socket: Socket
  readonly revokeWithinMs: number | undefined
  tunnel: OpenTunnel | undefined
  readonly #app: FastifyInstance
  readonly #open: Set<Job>
  readonly #reqId: string
  readonly #startedAt = Date.now()
  readonly #release: () => void
  #exchange: Exchange | undefined

  constructor (app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, open: Set<Job>) {
    this.socket = request.raw.socket
    this.revokeWithinMs = app.revokeWithinMs(request)
    this.#app = app
    this.#open = open
    this.#reqId = request.id
    this.#exchange = { request, reply }
    this.#release = app.holdOpen(request, by => this.end(by))
    open.add(this)
  }

  /** From outside, in any state. */
  end (by: TunnelEnd): void {
    this.tunnel?.end(by)
  }

  onSwitch (instance: Instance<Upstream>): OwnHeaders {
    const { request, reply } = this.#exchange as Exchange
    reply.hijack()
    if (this.#app.log.level === 'debug' || this.#app.log.level === 'trace') { // what is told has its price
      request.log.debug({ instance: instance.id, route: request.loggedPath() }, 'tunnel opened')
    }
    ;(request.upgrade as UpgradeRequest).detach()
    this.#exchange = undefined
    return { vary: 'Origin' }
  }

  onRefusal (refusal: Refusal, onEnd: () => void): () => void {
    const { reply } = this.#exchange as Exchange
    const own = ownHeaders(reply.getHeaders())
    reply.hijack()
    return relayRefusal(refusal, reply.raw, { own, withinMs: this.#app.config.UPGRADE_TIMEOUT_MS, onEnd })
  }

  onFailure (error: Error): void {
    (this.#exchange as Exchange).reply.send(error)
  }

  onEnd (by: TunnelEnd | undefined): void {
    this.#open.delete(this)
    this.#release()
    if (by === undefined) return
    this.#app.log.debug({ reqId: this.#reqId, by, ms: Date.now() - this.#startedAt }, 'tunnel ended')
  }
}
