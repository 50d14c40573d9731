import type { FastifyInstance } from 'fastify'

/** `GET /openapi.json`: every route of the admin listener, as OpenAPI 3.1. `GET /` says where it is. */
export default async function openapi (app: FastifyInstance): Promise<void> {
  app.get('/', { schema: { hide: true } }, async () => ({ openapi: '/openapi.json' }))
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
