import type { FastifyServerOptions } from 'fastify'

/**
 * Fastify's options for an app of which no route has a schema. Else Fastify loads the compilers of schemas
 * whether it needs them or not, which took a seventh of the start.
 */
export const WITHOUT_SCHEMAS = {
  schemaController: { compilersFactory: { buildValidator: refuse, buildSerializer: refuse } }
} as const satisfies FastifyServerOptions

function refuse (): never {
  throw new Error('this listener has no compiler of schemas: leave WITHOUT_SCHEMAS out where a route has one')
}
