import fp from 'fastify-plugin'
import type { FastifyRequest } from 'fastify'
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
export interface UpgradeRequest {
  readonly head: Buffer
  readonly asked: Upgrade
  /** Takes the answer off the socket, which is a tunnel's from here on. */
  readonly detach: () => void
}

const kUpgrade = Symbol('upgrade')
type Upgrading = IncomingMessage & { [kUpgrade]?: UpgradeRequest }

const kResponse = Symbol('response to an upgrade')
type Answering = Socket & { [kResponse]?: ServerResponse | undefined }

/**
 * Dispatches upgrades through Fastify's router, so that the same hooks meet them and a refusal is an
 * ordinary HTTP answer, after which the connection closes.
 */
export default fp(async function upgrade (app) {
  app.decorateRequest('upgrade')

  app.server.on('upgrade', (raw: Upgrading, socket: Answering, head: Buffer) => {
    socket.on('error', ignore) // Node took its own listener away; 'close' tells the rest
    if (connectionOf(socket).underWay > 0) {
      socket.destroy() // pipelined behind a request without its answer, whose turn it still is
      return
    }
    const { method = '', httpVersion, rawHeaders } = raw
    const asked = readUpgrade({ method, httpVersion, rawHeaders })
    raw[kUpgrade] = { head, asked, detach: () => detach(socket) }
    const response = new ServerResponse(raw)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    socket[kResponse] = response
    socket.on('drain', passDrainOn)
    response.once('finish', () => closeGently(socket))
    app.routing(raw, response)
  })

  // Hooks with a callback: a promise for each of them would cost every request.
  app.addHook('onRequest', (request, _reply, done) => {
    const upgrade = (request.raw as Upgrading)[kUpgrade]
    if (upgrade?.asked.kind === 'invalid') throw new ERR_UPGRADE_INVALID(upgrade.asked.message)
    request.upgrade = upgrade
    done()
  })

  app.addHook('preValidation', (request, _reply, done) => {
    if (request.upgrade === undefined) done()
    else done(refusalOf(request, request.upgrade))
  })
}, { name: 'upgrade', dependencies: ['request-guard'] })

function refusalOf (request: FastifyRequest, { asked }: UpgradeRequest): Error | undefined {
  const { routeOptions, targetFault } = request
  if (routeOptions.config.tunnel !== true) return targetFault ?? new ERR_ROUTE_NOT_FOUND()
  return asked.kind === 'version' ? new ERR_UPGRADE_VERSION() : undefined
}

/** The listeners are shared: one made for each upgrade would keep its request as long as the tunnel lasts. */
function ignore (): void {}

/** Node's own relay went with its other listeners: a long answer would stop at the first full buffer. */
function passDrainOn (this: Answering): void {
  this[kResponse]?.emit('drain')
}

function detach (socket: Answering): void {
  socket[kResponse]?.detachSocket(socket)
  socket[kResponse] = undefined
  socket.off('drain', passDrainOn)
}
