import fp from 'fastify-plugin'
import type { Upstream } from '../src/config/upstreams.js'
import { ERR_SHUTTING_DOWN, ERR_TUNNELS_FULL } from '../src/errors.js'
import type { Upgrade } from '../src/http/handshake.js'
import { ownHeaders, responseHeadersToForward } from '../src/http/headers.js'
import { openTunnel } from '../src/proxy/open-tunnel.js'
import { relayRefusal } from '../src/proxy/relay-refusal.js'
import type { TunnelEnd } from '../src/proxy/tunnel.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Answers an upgrade that passed the gate: with a tunnel, an instance's refusal or an error. */
    openTunnel: (request: FastifyRequest, reply: FastifyReply, hop: TunnelHop) => void
    /** Tunnels open or being opened, and instances' refusals that are still on their way. */
    tunnelCount: () => number
    /** Ends them all; what is already written is sent first. */
    endTunnels: () => void
  }
}

/** Where an upgrade goes. */
export interface TunnelHop {
  readonly headers: readonly string[]
  readonly targetFor: (upstream: Upstream) => string
}

type WebSocketUpgrade = Upgrade & { kind: 'websocket' }

interface Entry { end?: (by: TunnelEnd) => void }

/** Owns every tunnel from the first dial to its end: counts them, bounds them, ends them at shutdown. */
export default fp(async function wsTunnel (app) {
  const { config } = app
  const open = new Set<Entry>()
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
    for (const entry of [...open]) entry.end?.('shutdown')
  })
  app.decorate('openTunnel', (request, reply, hop) => {
    if (app.isDraining()) throw new ERR_SHUTTING_DOWN()
    if (open.size >= config.MAX_TUNNELS) throw new ERR_TUNNELS_FULL()
    const { socket, head, asked } = request.upgrade as NonNullable<typeof request.upgrade>
    const startedAt = Date.now()
    const entry: Entry = {}
    open.add(entry)
    const release = app.holdOpen(request, by => entry.end?.(by))
    entry.end = openTunnel(settings, {
      socket,
      head,
      key: (asked as WebSocketUpgrade).key, // plugins/upgrade.ts refused all others
      ...hop,
      revokeWithinMs: app.revokeWithinMs(request),
      onSwitch: instance => {
        reply.hijack()
        reply.raw.detachSocket(socket)
        request.log.debug({ instance: instance.id, route: request.loggedPath() }, 'tunnel opened')
        return { vary: 'Origin' }
      },
      onRefusal: (answer, onEnd) => {
        const headers = responseHeadersToForward(answer.rawHeaders, ownHeaders(reply.getHeaders()))
        reply.hijack()
        return relayRefusal(answer, reply.raw, { headers, withinMs: config.UPGRADE_TIMEOUT_MS, onEnd })
      },
      onFailure: error => { reply.send(error) },
      onEnd: by => {
        open.delete(entry)
        release()
        if (by !== undefined) request.log.debug({ by, ms: Date.now() - startedAt }, 'tunnel ended')
      }
    })
  })
}, { name: 'ws-tunnel', dependencies: ['config', 'graceful-close', 'revocation', 'upgrade', 'upstreams'] })
