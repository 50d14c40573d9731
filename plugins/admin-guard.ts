import fp from 'fastify-plugin'
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Config } from '../src/config/load.js'
import { isLoopback } from '../src/config/listeners.js'
import {
  ERR_ADMIN_FORBIDDEN, ERR_ADMIN_TOKEN, ERR_EXPECTATION_FAILED, ERR_REQUEST_HEAD_TOO_LARGE,
  ERR_REQUEST_HOST_INVALID, ERR_REQUEST_MALFORMED, ERR_REQUEST_PATH_INVALID
} from '../src/errors.js'
import { findFramingFault, isHeadTooLarge } from '../src/http/framing.js'
import { headerValues, type RawHeaders } from '../src/http/headers.js'
import { readTarget } from '../src/http/target.js'
import { connectionOf } from '../src/proxy/connection.js'

/**
 * Keeps browsers and strangers off the admin listener. It is no page's business: a request with an Origin or
 * a foreign Sec-Fetch-Site is refused, and so is a Host that is no name of loopback (DNS rebinding). With
 * ADMIN_TOKEN set, every request carries it as a bearer token; the host may then be any. Heads that two
 * readers could understand differently are refused as they are at the public door.
 */
export default fp<{ config: Config }>(async function adminGuard (app, { config }) {
  const token = config.ADMIN_TOKEN === '' ? undefined : digest(`Bearer ${config.ADMIN_TOKEN}`)

  // Node would answer both before any hook.
  const route = (raw: IncomingMessage, response: ServerResponse) => app.routing(raw, response)
  app.server.on('checkContinue', route)
  app.server.on('checkExpectation', route)

  app.addHook('onRequest', async ({ raw, headers }, reply) => {
    const host = readHost(raw)
    if (host instanceof Error) {
      reply.header('connection', 'close')
      connectionOf(raw.socket).closing = true // the parser may find the same fault a moment later
      throw host
    }
    if (isFromPage(raw.rawHeaders)) throw new ERR_ADMIN_FORBIDDEN()
    if (token === undefined && !isLoopback(hostnameOf(host))) throw new ERR_ADMIN_FORBIDDEN()
    if (token !== undefined && !timingSafeEqual(token, digest(headers.authorization ?? ''))) throw new ERR_ADMIN_TOKEN()
    if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') throw new ERR_EXPECTATION_FAILED()
  })
}, { name: 'admin-guard' })

/** The one Host of a head that has a single reading, or why the head is refused. */
function readHost (raw: IncomingMessage): string | Error {
  const url = raw.url as string
  if (isHeadTooLarge(url, raw.rawHeaders)) return new ERR_REQUEST_HEAD_TOO_LARGE()
  const framing = findFramingFault(raw)
  if (framing !== undefined) return new ERR_REQUEST_MALFORMED(framing)
  const target = readTarget(url, headerValues(raw.rawHeaders, 'host'))
  if ('fault' in target && target.fault === 'host') return new ERR_REQUEST_HOST_INVALID(target.message)
  if ('fault' in target) return new ERR_REQUEST_PATH_INVALID(target.message)
  if (!url.startsWith('/')) return new ERR_REQUEST_PATH_INVALID('it must start with a slash') // no tool sends a URL
  return target.host
}

/** From the raw lines: of two, Node's `headers` would show one. */
function isFromPage (rawHeaders: RawHeaders): boolean {
  return headerValues(rawHeaders, 'origin').length > 0 || headerValues(rawHeaders, 'sec-fetch-site').some(isForeign)
}

/** Equal lengths, so that the comparison's time tells nothing. */
function digest (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function isForeign (site: string): boolean {
  return site !== 'same-origin' && site !== 'none'
}

function hostnameOf (host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}
