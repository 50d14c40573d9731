import { npmPeer } from './npm-peer.js'

/** What most would build with Fastify: its CORS and proxy plugins with their defaults. */
export const fastifyHttpProxy = npmPeer('fastify-http-proxy', '@fastify/http-proxy')
