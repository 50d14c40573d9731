import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import sockjs from 'sockjs'
import type { Test } from 'tap'
import { DISCONNECT_DELAY_MS } from './sockjs-instance.js'

/** A chat-service at `<url>/ws-stomp` that checks origins as Spring does. */
export interface SpringLikeInstance {
  url: string
  port: number
  /** The Origin of every request and upgrade; undefined for none. */
  origins: Array<string | undefined>
}

const SESSION = /^(\/ws-stomp\/[^/.]+\/)([^/.]+)(?=\/[a-z_]+)/

/** Spring has had no such transports since 5.3 (TransportType). */
const UNKNOWN = /\/jsonp(?:_send)?$/

/** Closed by Spring once origins are restricted (TransportHandlingSockJsService.validateRequest). */
const WITHOUT_ORIGIN_CHECK = /\/htmlfile$|\/iframe[-0-9.a-z_]*\.html$/

/**
 * A real sockjs behind the check of Spring Framework 6 (spring-web DefaultCorsProcessor, spring-websocket
 * AbstractSockJsService and OriginHandshakeInterceptor): by default same-origin only, as a service that sets
 * nothing. `allowed` is setAllowedOrigins. Without `cors` the check is the handshake interceptor's alone.
 */
export async function springLikeInstance (
  t: Test, { allowed = [], cors = true }: { allowed?: readonly string[], cors?: boolean } = {}
): Promise<SpringLikeInstance> {
  const origins: SpringLikeInstance['origins'] = []
  const sockets = new Set<Socket>()
  const server = createServer().on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  const options = { prefix: '/ws-stomp', disconnect_delay: DISCONNECT_DELAY_MS, log: () => {}, disable_cors: true }
  sockjs.createServer(options).installHandlers(server)
  const [serve] = server.listeners('request') as Array<(...args: unknown[]) => void>
  const [upgrade] = server.listeners('upgrade') as Array<(...args: unknown[]) => void>
  server.removeAllListeners('request').removeAllListeners('upgrade')
  server.on('request', (request, response) => {
    origins.push(request.headers.origin)
    if (cors && !processCors(request, response, allowed)) return
    if (UNKNOWN.test(pathOf(request))) return endWith(response, 404)
    if (allowed.length > 0 && WITHOUT_ORIGIN_CHECK.test(pathOf(request))) return endWith(response, 404)
    if (allowed.length === 0 && pathOf(request).endsWith('.html')) response.setHeader('X-Frame-Options', 'SAMEORIGIN')
    separate(request)
    serve?.call(server, request, response)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    origins.push(request.headers.origin)
    separate(request)
    if (isAllowed(request, allowed)) upgrade?.call(server, request, socket, head)
    else socket.end(cors ? FORBIDDEN_BY_CORS : FORBIDDEN_BY_INTERCEPTOR)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  // sockjs keeps the sessions of all servers of a process in one map.
  const separate = (request: IncomingMessage) => {
    request.url = String(request.url).replace(SESSION, `$1${port}~$2`)
  }
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return { url: `http://127.0.0.1:${port}`, port, origins }
}

const VARY = ['Origin', 'Access-Control-Request-Method', 'Access-Control-Request-Headers']
const BODY = 'Invalid CORS request'
const FORBIDDEN_BY_CORS = 'HTTP/1.1 403 Forbidden\r\n' + VARY.map(name => `Vary: ${name}\r\n`).join('') +
  `Content-Length: ${BODY.length}\r\nConnection: close\r\n\r\n${BODY}`
const FORBIDDEN_BY_INTERCEPTOR = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'

type Allowed = readonly string[]

/** @returns whether the request goes on to SockJS */
function processCors (request: IncomingMessage, response: ServerResponse, allowed: Allowed): boolean {
  response.setHeader('Vary', VARY) // three lines, as Spring writes them
  const { origin } = request.headers
  if (origin === undefined || isSameOrigin(request, origin)) return true
  if (!isAllowed(request, allowed)) {
    endWith(response, 403, BODY)
    return false
  }
  response.setHeader('Access-Control-Allow-Origin', origin)
  response.setHeader('Access-Control-Allow-Credentials', 'true')
  if (request.method !== 'OPTIONS') return true
  response.setHeader('Access-Control-Allow-Methods', String(request.headers['access-control-request-method']))
  response.setHeader('Access-Control-Allow-Headers', String(request.headers['access-control-request-headers']))
  response.setHeader('Access-Control-Max-Age', '31536000')
  endWith(response, 200)
  return false
}

/** WebUtils.isSameOrigin: scheme, host and port of the Origin are those the request came to. */
function isSameOrigin ({ headers }: IncomingMessage, origin: string): boolean {
  return origin === `http://${headers.host}`
}

function isAllowed (request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin } = request.headers
  return origin === undefined || isSameOrigin(request, origin) || allowed.includes(origin)
}

function pathOf ({ url }: IncomingMessage): string {
  return String(url).replace(/\?.*/, '')
}

function endWith (response: ServerResponse, status: number, body = ''): void {
  response.writeHead(status).end(body)
}
