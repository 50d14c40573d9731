import fp from 'fastify-plugin'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import {
  ERR_EXPECTATION_FAILED, ERR_REQUEST_HEAD_TOO_LARGE, ERR_REQUEST_HOST_INVALID, ERR_REQUEST_MALFORMED,
  ERR_REQUEST_PATH_INVALID
} from '../src/errors.js'
import { findFramingFault, isHeadTooLarge } from '../src/http/framing.js'
import { headerValues } from '../src/http/headers.js'
import { readTarget, type Target, type TargetFault } from '../src/http/target.js'
import { connectionOf, takeTurn } from '../src/proxy/connection.js'
import type { RequestMessage } from '../src/proxy/request-message.js'
import { findPathFault, redactPath } from '../src/sockjs/path.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** Path, query and Host as sent; known to be safe to forward. */
    target: Target
    /** Why the path is refused; such a request meets no route. */
    targetFault: Error | undefined
    /** The path as logs may hold it: no query, no SockJS session id. */
    loggedPath: () => string
  }
}

/**
 * Requests of one connection, the one under way and those that wait for it: pipelining is legal, a flood in
 * one packet is not.
 */
const MAX_PIPELINED = 64

const kTarget = Symbol('target')
type Guarded = IncomingMessage & { [kTarget]?: Target | Error }

/**
 * Fastify's `rewriteUrl`: what the router sees. A refused target is routed where no prefix can be, so that
 * the hooks meet it like any other request and its answer has the CORS headers a page needs to read it.
 */
export function routableUrl (raw: Guarded): string {
  const target = readTarget(raw.url as string, headerValues(raw.rawHeaders, 'host'))
  const accepted = 'fault' in target ? refusalOf(target) : refusalOfPath(target)
  raw[kTarget] = accepted
  return accepted instanceof Error ? '/*refused' : accepted.path + accepted.query
}

/**
 * The first hook: refuses what two readers could understand differently, and keeps a connection to one
 * story. A request behind a connection's last answer is not processed (RFC 9112 §9.6).
 */
export default fp(async function requestGuard (app) {
  app.decorateRequest('target')
  app.decorateRequest('targetFault')
  app.decorateRequest('loggedPath', function (this: FastifyRequest) {
    return redactPath(this.originalUrl, app.config.STOMP_PREFIX)
  })

  // Node would answer both before any hook; the door is where the gate can be asked first.
  const route = (raw: IncomingMessage, response: ServerResponse) => app.routing(raw, response)
  app.server.on('checkContinue', route)
  app.server.on('checkExpectation', route)

  app.addHook('onRequest', (request, reply, done) => {
    reply.header('vary', 'Origin')
    const { socket } = request.raw
    if (isAbandoned(socket)) {
      reply.hijack()
      return
    }
    const connection = connectionOf(socket)
    if ((request.raw as RequestMessage).ignoresUpgrade) reply.raw.shouldKeepAlive = false
    connection.closing = !reply.raw.shouldKeepAlive || app.isDraining()
    // Counted here, as a packet full of requests is parsed before the first of them gets any further.
    const turn = takeTurn(socket, reply.raw)
    const target = (request.raw as Guarded)[kTarget] as Target | Error
    if (target instanceof Error) request.targetFault = target
    else request.target = target
    const refusal = refusalOfHead(request)
    if (refusal !== undefined) {
      reply.header('connection', 'close') // where such a message ends is anybody's guess (RFC 9112 §6.1, §6.3)
      connection.closing = true
    }
    if (turn === undefined) {
      judge(request, refusal)
      done()
      return
    }
    const isLast = connection.closing
    turn.then(() => {
      // Nobody waits for its answer, or an earlier one has become the last one.
      if (socket.destroyed || (connection.closing && !isLast)) {
        reply.hijack()
        return
      }
      connection.closing ||= app.isDraining()
      judge(request, refusal)
      done()
    }).catch(done)
  })
}, { name: 'request-guard', dependencies: ['config'] })

/** Requests that are not processed: behind the last answer, too many at once, or without a client. */
function isAbandoned (socket: Socket): boolean {
  const { closing, underWay } = connectionOf(socket)
  if (closing) return true
  // A reset socket has no address any more; without one nothing can be told about the client.
  if (underWay < MAX_PIPELINED && socket.remoteAddress !== undefined) return false
  socket.destroy()
  return true
}

/** Throws what the request is refused for, if anything. */
function judge (request: FastifyRequest, refusal: Error | undefined): void {
  if (refusal !== undefined) throw refusal
  if (request.targetFault instanceof ERR_REQUEST_HOST_INVALID) throw request.targetFault
  const { expect } = request.headers
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') throw new ERR_EXPECTATION_FAILED()
}

function refusalOf ({ fault, message }: TargetFault): Error {
  return fault === 'host' ? new ERR_REQUEST_HOST_INVALID(message) : new ERR_REQUEST_PATH_INVALID(message)
}

function refusalOfPath (target: Target): Target | Error {
  const fault = findPathFault(target.path)
  return fault === undefined ? target : new ERR_REQUEST_PATH_INVALID(fault)
}

function refusalOfHead ({ raw, originalUrl }: FastifyRequest): Error | undefined {
  if (isHeadTooLarge(originalUrl, raw.rawHeaders)) return new ERR_REQUEST_HEAD_TOO_LARGE()
  const fault = findFramingFault(raw)
  return fault === undefined ? undefined : new ERR_REQUEST_MALFORMED(fault)
}
