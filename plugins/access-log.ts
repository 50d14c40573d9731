import fp from 'fastify-plugin'

/**
 * One `info` line for each HTTP answer when ACCESS_LOG is on. Tunnels are logged where they end, at `debug`.
 */
export default fp(async function accessLog (app) {
  if (app.config.ACCESS_LOG === 'off') return
  app.addHook('onResponse', async (request, reply) => {
    request.log.info({
      method: request.method,
      route: request.loggedPath(),
      status: reply.raw.statusCode,
      client: request.ip,
      ms: Math.round(reply.elapsedTime)
    }, 'request answered')
  })
}, { name: 'access-log', dependencies: ['config', 'request-guard'] })
