import fp from 'fastify-plugin'
import { ServerResponse, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { ERR_ROUTE_NOT_FOUND, ERR_UPGRADE_INVALID, ERR_UPGRADE_VERSION } from '../src/errors.js'
import { readUpgrade, type Upgrade } from '../src/http/handshake.js'
import { closeGently, connectionOf } from '../src/proxy/connection.js'

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Set when the client asks to switch protocols: the socket is the gateway's, Node parses it no longer.
     */
    upgrade: UpgradeRequest | undefined
  }
  interface FastifyContextConfig {
    /** The route takes WebSocket upgrades. */
    tunnel?: boolean
  }
}

/** An upgrade request on its way through the hooks. */
export interface UpgradeRequest { readonly socket: Socket, readonly head: Buffer, readonly asked: Upgrade }

const kUpgrade = Symbol('upgrade')
type Upgrading = IncomingMessage & { [kUpgrade]?: UpgradeRequest }

/**
 * Dispatches upgrades through Fastify's router, so that the same hooks meet them and a refusal is an
 * ordinary HTTP answer, after which the connection closes.
 */
export default fp(async function upgrade (app) {
  app.decorateRequest('upgrade')

  app.server.on('upgrade', (raw: Upgrading, socket: Socket, head: Buffer) => {
    socket.on('error', () => {}) // Node took its own listener away; 'close' tells the rest
    const { method = '', httpVersion, rawHeaders } = raw
    raw[kUpgrade] = { socket, head, asked: readUpgrade({ method, httpVersion, rawHeaders }) }
    const response = new ServerResponse(raw)
    response.shouldKeepAlive = false
    if (connectionOf(socket).underWay > 0) {
      socket.destroy() // pipelined behind a request without its answer, whose turn it still is
      return
    }
    response.assignSocket(socket)
    // Node's own relay went with its other listeners: a long answer would stop at the first full buffer.
    socket.on('drain', () => { response.emit('drain') })
    response.once('finish', () => closeGently(socket))
    app.routing(raw, response)
  })

  app.addHook('onRequest', (request, _reply, done) => {
    const upgrade = (request.raw as Upgrading)[kUpgrade]
    if (upgrade?.asked.kind === 'invalid') throw new ERR_UPGRADE_INVALID(upgrade.asked.message)
    request.upgrade = upgrade
    done()
  })

  app.addHook('preValidation', ({ upgrade, routeOptions, targetFault }, _reply, done) => {
    if (upgrade !== undefined) {
      if (routeOptions.config.tunnel !== true) throw targetFault ?? new ERR_ROUTE_NOT_FOUND()
      if (upgrade.asked.kind === 'version') throw new ERR_UPGRADE_VERSION()
    }
    done()
  })
}, { name: 'upgrade', dependencies: ['request-guard'] })
