import fp from 'fastify-plugin'
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Config } from '../src/config/load.js'
import { isLoopback } from '../src/config/listeners.js'
import { ERR_ADMIN_FORBIDDEN, ERR_ADMIN_TOKEN } from '../src/errors.js'

/**
 * Keeps browsers and strangers off the admin listener. It is no page's business: a request with an Origin or
 * a foreign Sec-Fetch-Site is refused, and so is a Host that is no name of loopback (DNS rebinding). With
 * ADMIN_TOKEN set, every request carries it as a bearer token; the host may then be any.
 */
export default fp<{ config: Config }>(async function adminGuard (app, { config }) {
  const token = config.ADMIN_TOKEN === '' ? undefined : digest(`Bearer ${config.ADMIN_TOKEN}`)

  app.addHook('onRequest', async ({ headers, host }) => {
    if (headers.origin !== undefined || isForeign(headers['sec-fetch-site'])) throw new ERR_ADMIN_FORBIDDEN()
    if (token === undefined && !isLoopback(hostnameOf(host))) throw new ERR_ADMIN_FORBIDDEN()
    if (token !== undefined && !timingSafeEqual(token, digest(headers.authorization ?? ''))) throw new ERR_ADMIN_TOKEN()
  })
}, { name: 'admin-guard' })

/** Equal lengths, so that the comparison's time tells nothing. */
function digest (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function isForeign (site: string | string[] | undefined): boolean {
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

function hostnameOf (host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}
