import fp from 'fastify-plugin'
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * One `info` line for each HTTP request when ACCESS_LOG is on, at the end of its answer; `aborted` when the
 * client left before that. Tunnels are logged where they end, at `debug`.
 */
export default fp(async function accessLog (app) {
  if (app.config.ACCESS_LOG === 'off') return
  app.addHook('onResponse', async (request, reply) => logAnswer(request, reply))
  app.addHook('onRequest', async (request, reply) => {
    // onResponse knows whole answers only. An upgrade that has none became a tunnel.
    reply.raw.once('close', () => {
      if (reply.raw.writableFinished || request.upgrade !== undefined) return
      logAnswer(request, reply, { aborted: true })
    })
  })
}, { name: 'access-log', dependencies: ['config', 'request-guard'] })

function logAnswer (request: FastifyRequest, reply: FastifyReply, more: { aborted?: true } = {}): void {
  request.log.info({
    method: request.method,
    route: request.loggedPath(),
    status: reply.raw.statusCode,
    client: request.ip,
    ms: Math.round(reply.elapsedTime),
    ...more
  }, 'request answered')
}
