import Fastify, { type FastifyBaseLogger, type FastifyServerOptions } from 'fastify'
import type { Config } from './config/load.js'
import { redactPath } from './sockjs/path.js'

/** Where log lines go: each is one JSON object and a newline. */
export interface LogStream { write: (line: string) => void }

/**
 * pino's options. What Fastify logs by itself names a request by method and redacted path only: no header,
 * no query, no SockJS session id ever reaches a log.
 */
export function loggerOptions (config: Config, stream?: LogStream): NonNullable<FastifyServerOptions['logger']> {
  return {
    level: config.LOG_LEVEL,
    ...(stream !== undefined && { stream }),
    serializers: {
      req: request => ({ method: request.method, route: redactPath(request.url ?? '', config.STOMP_PREFIX) }),
      res: reply => ({ statusCode: reply.statusCode })
    }
  }
}

/** The logger of a process that has no gateway of its own: lines as the gateway writes them. */
export function createLogger (config: Config): FastifyBaseLogger {
  return Fastify({ logger: loggerOptions(config) }).log
}
