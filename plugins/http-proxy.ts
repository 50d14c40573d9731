import fp from 'fastify-plugin'
import { isIP, type Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import { ERR_ROUTE_NOT_FOUND, ERR_TRANSPORT_DISABLED, ERR_UPGRADE_INVALID } from '../src/errors.js'
import { clientFacts, forwardedHeaders, isForwardingHeader, type ClientFacts } from '../src/http/forwarded.js'
import { headerValues, ownHeaders, requestHeadersToForward, type OwnHeaders } from '../src/http/headers.js'
import { pathBelow, targetOf } from '../src/http/target.js'
import { frameAncestors } from '../src/origin/frame-ancestors.js'
import { forward } from '../src/proxy/forward.js'
import { loadHttpProxy } from '../src/proxy/load-http-proxy.js'
import { findDisabled, mayUpgrade, sessionOf } from '../src/sockjs/access.js'
import { parseSockjsPath, type SockjsPath } from '../src/sockjs/path.js'
import type { Upstream } from '../src/config/upstreams.js'

/** OPTIONS is answered by the CORS plug-in. */
const METHODS = ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT']

/** http-proxy wants an upstream to check destinations against; requests go where the pool says. */
const NOWHERE = 'http://gatehouse.invalid'

/**
 * Mounts STOMP_PREFIX by `@fastify/http-proxy`, whose `preHandler` hands each request to src/proxy: as a
 * tunnel when it is an upgrade, else as one HTTP request. Nothing goes any further.
 */
export default fp(async function gateway (app) {
  const { STOMP_PREFIX: prefix } = app.config
  app.addHook('onRequest', tellOfDroppedHeaders())
  await app.register(async scope => {
    // Bodies pass unparsed whatever their type is called; a name Fastify finds invalid would be answered 415.
    scope.addHook('preParsing', ({ raw: { headers } }, _reply, payload, done) => {
      if (headers['content-type'] !== undefined) headers['content-type'] = 'application/octet-stream'
      done(null, payload)
    })
    await scope.register(loadHttpProxy(), {
      upstream: NOWHERE,
      prefix,
      httpMethods: METHODS,
      rewritePrefix: prefix,
      config: { sockjs: true, tunnel: true },
      // Its handler would parse each path as a URL once more, to check a destination that is never asked.
      preHandler: route,
      http: {} // and not undici, which would be loaded for it
    })
  })
}, { name: 'http-proxy', dependencies: ['config', 'origin-cors', 'revocation', 'upstreams', 'ws-tunnel'] })

/** A forgotten TRUST_PROXY looks well in every answer: only services see that all clients are the proxy. */
function tellOfDroppedHeaders (): onRequestHookHandler {
  let isTold = false
  return (request, _reply, done) => {
    // Who is trusted is worked out anew each time it is asked, so it is asked last.
    if (!isTold && request.headers['x-forwarded-for'] && (request.ips ?? []).length < 2) {
      isTold = true
      const peer = request.socket.remoteAddress
      request.log.warn({ peer }, 'forwarding headers dropped: TRUST_PROXY does not name the peer')
    }
    done()
  }
}

function route (request: FastifyRequest, reply: FastifyReply): void {
  const { config } = request.server
  const rest = pathBelow(config.STOMP_PREFIX, request.target.path)
  if (rest === undefined) throw new ERR_ROUTE_NOT_FOUND() // the router decodes, instances may not
  const sockjs = parseSockjsPath(rest)
  const disabled = findDisabled(sockjs, config.transports)
  if (disabled !== undefined) throw new ERR_TRANSPORT_DISABLED(disabled)
  if (request.upgrade !== undefined && !mayUpgrade(sockjs)) {
    throw new ERR_UPGRADE_INVALID('no WebSocket is spoken at this SockJS path')
  }
  const headers = instanceHeaders(request)
  const targetFor = ({ basePath }: Upstream) => targetOf(basePath, rest, request.target.query)
  if (request.upgrade !== undefined) request.server.openTunnel(request, reply, { headers, targetFor })
  else forwardRequest(request, reply, { headers, targetFor, sockjs })
}

interface Hop { headers: readonly string[], targetFor: (upstream: Upstream) => string, sockjs: SockjsPath }

function forwardRequest (request: FastifyRequest, reply: FastifyReply, hop: Hop): void {
  const app = request.server
  const { headers, targetFor, sockjs } = hop
  const release = app.holdOpen(request, () => end())
  const end = forward({
    pool: app.pool,
    clientOf: app.clientOf,
    bodyLimitBytes: app.config.BODY_LIMIT_BYTES,
    revokeWithinMs: app.revokeWithinMs(request),
    now: Date.now,
    onRefused: app.onRefused
  }, {
    request: request.raw,
    response: reply.raw,
    key: sessionOf(sockjs),
    headers,
    targetFor,
    onHead: () => {
      reply.hijack()
      return answerHeaders(app, reply, sockjs)
    },
    onFailure: error => { reply.send(error) },
    onEnd: release
  })
}

/** What the hooks put into the answer so far: Vary, CORS headers, perhaps `Connection: close`. */
function answerHeaders (app: FastifyInstance, reply: FastifyReply, sockjs: SockjsPath): OwnHeaders {
  const own = ownHeaders(reply.getHeaders())
  if (sockjs.kind !== 'iframe') return own
  // Spelled unlike the instance's own, which stays: browsers obey both.
  return { ...own, 'Content-Security-Policy': frameAncestors(app.originPolicy.entries()) }
}

/** The client's header lines for an instance, and what the gateway tells it about the client. */
function instanceHeaders (request: FastifyRequest): string[] {
  const { rawHeaders } = request.raw
  const isDropped = request.server.config.UPSTREAM_ORIGIN === 'strip' ? isOfGatewayOrOrigin : isOfGateway
  const lines = requestHeadersToForward(rawHeaders, isDropped)
  lines.push(...forwardedHeaders(factsOf(request), headerValues(rawHeaders, 'via')))
  return lines
}

const isOfGateway = (name: string): boolean => isForwardingHeader(name) || name === 'via'
const isOfGatewayOrOrigin = (name: string): boolean => name === 'origin' || isOfGateway(name)

/** On a socket: what was found out about its client, for the Host it named. */
const kFacts = Symbol('facts of the client')
type Known = Socket & { [kFacts]?: { readonly peerHost: string, readonly facts: ClientFacts } }

/** The client as far as it can be trusted: one for all of a connection, unless a proxy speaks for many. */
function factsOf (request: FastifyRequest): ClientFacts {
  const { server: { config }, target: { host: peerHost } } = request
  const socket: Known = request.raw.socket
  const last = config.trustProxy.length > 0 ? undefined : socket[kFacts]
  if (last?.peerHost === peerHost) return last.facts
  const facts = clientFacts({
    // A proxy may pass on what it was told, `unknown` or worse: then it counts itself.
    // (A socket that was reset since has none; nothing is sent for it.)
    address: isIP(request.ip) === 0 ? String(socket.remoteAddress) : request.ip,
    protocol: request.protocol,
    host: request.host,
    peerHost,
    prefix: config.STOMP_PREFIX
  })
  socket[kFacts] = { peerHost, facts }
  return facts
}
