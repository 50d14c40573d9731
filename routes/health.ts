import type { FastifyInstance } from 'fastify'

/**
 * `/healthz`: the process answers. `/readyz`: it would also forward; 503 while it drains or has no instance.
 * Its details tell of origin sources by number and age alone: the port is public.
 */
export default async function health (app: FastifyInstance): Promise<void> {
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const available = app.pool.availableCount(Date.now())
    const status = app.isDraining() ? 'draining' : available > 0 ? 'ready' : 'no instance available'
    const instances = { available, total: app.pool.instances.length }
    return reply.code(status === 'ready' ? 200 : 503).header('cache-control', 'no-store')
      .send({ status, instances, origins: originDetails(app) })
  })
}

/**
 * `stale` sources keep what they had, since they cannot be read or tell bad entries, the oldest of it since
 * `staleMs`; `missing` ones were never read.
 */
function originDetails ({ originPolicy }: FastifyInstance) {
  const sources = originPolicy.sources()
  const stale = sources.filter(({ holds, error }) => holds !== 'nothing' && error !== undefined)
  return {
    entries: originPolicy.entries().length,
    sources: sources.length,
    stale: stale.length,
    staleMs: Math.max(0, ...stale.map(({ readAt }) => Date.now() - Number(readAt))),
    missing: sources.filter(({ holds }) => holds === 'nothing').length
  }
}
