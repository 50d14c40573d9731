import type { FastifyInstance } from 'fastify'
import type { Socket } from 'node:net'
import type { Config } from './config/load.js'
import { MAX_HEAD_BYTES } from './http/headers.js'
import { answerClientError, type ClientError } from './proxy/client-error.js'
import { RequestMessage } from './proxy/request-message.js'

/**
 * Slow heads are looked for this often, so HEADERS_TIMEOUT_MS is kept to within a second (Node's default: 30
 * s).
 */
const LOOK_FOR_SLOW_HEADS_MS = 1_000

/**
 * Fastify's options for a listener, the public one and the admin one alike: how long and how large a head
 * may be, ids nobody can guess, and our own answer to bytes that are no request.
 */
export function listenerOptions (config: Config) {
  return {
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    http: {
      IncomingMessage: RequestMessage,
      maxHeaderSize: MAX_HEAD_BYTES,
      headersTimeout: config.HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: LOOK_FOR_SLOW_HEADS_MS,
      requireHostHeader: false // the guards answer in our own words
    },
    genReqId: () => crypto.randomUUID(),
    clientErrorHandler (this: FastifyInstance, error: ClientError, socket: Socket) {
      const reqId = crypto.randomUUID()
      this.log.debug({ reqId, code: error.code }, 'request not read')
      answerClientError(error, socket, reqId)
    }
  }
}

/** The limits that Fastify has no option for. Beyond `maxConnections`, sockets are closed unanswered. */
export function boundListener ({ server }: FastifyInstance, maxConnections: number): void {
  server.maxHeadersCount = 0 // Node would drop lines past the count silently; the head's size bounds them
  server.maxConnections = maxConnections
}
