import fp from 'fastify-plugin'
import type { Config } from '../src/config/load.js'

declare module 'fastify' {
  interface FastifyInstance { config: Config }
}

/** Makes the frozen settings known to every other plugin as `app.config`. */
export default fp<{ config: Config }>(async function config (app, { config }) {
  app.decorate('config', config)
}, { name: 'config' })
