import type httpProxy from '@fastify/http-proxy'
import { createRequire, Module } from 'node:module'

const require = createRequire(import.meta.url)
const requireOfReplyFrom = createRequire(
  createRequire(require.resolve('@fastify/http-proxy')).resolve('@fastify/reply-from'))

/**
 * `@fastify/http-proxy`, whose `@fastify/reply-from` gets undici when it first asks for something of it.
 * Here it never does: requests go over connections of our own, and loading undici took a sixth of the start.
 * Nobody else meets the stand-in, for nothing else runs while it is in Node's table of modules.
 */
export function loadHttpProxy (): typeof httpProxy {
  const path = requireOfReplyFrom.resolve('undici')
  if (require.cache[path] !== undefined) return require('@fastify/http-proxy')
  const standIn = new Module(path)
  standIn.loaded = true
  standIn.exports = new Proxy({}, { get: (_nothing, name) => requireOfReplyFrom('undici')[name] })
  require.cache[path] = standIn
  try {
    return require('@fastify/http-proxy')
  } finally {
    delete require.cache[path]
  }
}
