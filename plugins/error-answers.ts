import fp from 'fastify-plugin'
import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import {
  ERR_INTERNAL, ERR_REQUEST_MALFORMED, ERR_ROUTE_NOT_FOUND, ERR_UPGRADE_VERSION, ERR_UPSTREAM_UNAVAILABLE,
  ERR_SHUTTING_DOWN, ERR_TUNNELS_FULL
} from '../src/errors.js'
import { drainBody } from '../src/proxy/connection.js'

/** Seconds that a client should wait before it asks a full or closing gateway again. */
const RETRY_AFTER_S = 5

/**
 * Turns every error into the one JSON shape of docs/errors.md. Faults of the gateway itself are logged with
 * their cause and told as ERR_INTERNAL: no stack, path or address of ours leaves the process.
 */
export default fp(async function errorAnswers (app) {
  app.setErrorHandler(answer)
  app.setNotFoundHandler(async request => {
    throw request.targetFault ?? new ERR_ROUTE_NOT_FOUND()
  })
}, { name: 'error-answers' })

function answer (thrown: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const error = asAnswer(thrown)
  const statusCode = error.statusCode as number
  logFailure(request, error, statusCode)
  // What the client still sends is its own problem, not the next request's.
  reply.raw.once('finish', () => drainBody(request.raw))
  return reply.code(statusCode).headers(headersOf(error, request)).send({
    statusCode,
    code: error.code,
    error: STATUS_CODES[statusCode],
    message: error.message,
    requestId: request.id
  })
}

/**
 * Errors of the catalogue pass; Fastify's own refusals of a request are malformed requests; the rest is our
 * fault.
 */
function asAnswer (error: FastifyError): FastifyError {
  if (error.code?.startsWith('ERR_') && error.name === 'FastifyError') return error
  const { statusCode = 500, message } = error
  return statusCode < 500 ? new ERR_REQUEST_MALFORMED(message) : new ERR_INTERNAL({ cause: error })
}

function logFailure (request: FastifyRequest, { code, cause }: FastifyError, statusCode: number): void {
  if (statusCode < 500) return
  const route = request.loggedPath()
  if (statusCode === 500) request.log.error({ err: cause, route }, 'request failed')
  else request.log.warn({ code, cause: (cause as Error | undefined)?.message, route }, 'request not served')
}

function headersOf (error: FastifyError, { server }: FastifyRequest): Record<string, string> {
  if (error instanceof ERR_UPGRADE_VERSION) {
    return { 'sec-websocket-version': '13', upgrade: 'websocket', connection: 'upgrade, close' }
  }
  if (error instanceof ERR_UPSTREAM_UNAVAILABLE) {
    return { 'retry-after': String(server.retryAfterS()) }
  }
  if (error instanceof ERR_SHUTTING_DOWN || error instanceof ERR_TUNNELS_FULL) {
    return { 'retry-after': String(RETRY_AFTER_S) }
  }
  return {}
}
