import type { FastifyInstance } from 'fastify'

/**
 * `/healthz`: the process answers. `/readyz`: it would also forward; 503 while it drains or has no instance.
 */
export default async function health (app: FastifyInstance): Promise<void> {
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const available = app.pool.availableCount(Date.now())
    const status = app.isDraining() ? 'draining' : available > 0 ? 'ready' : 'no instance available'
    return reply.code(status === 'ready' ? 200 : 503).header('cache-control', 'no-store')
      .send({ status, instances: { available, total: app.pool.instances.length } })
  })
}
