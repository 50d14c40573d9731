import { chmod } from 'node:fs/promises'
import { startGateway } from './parts/gateway.js'
import { freePort, startNginx } from './parts/nginx.js'
import { buildPage } from './parts/page.js'
import { startSpringChat } from './parts/spring.js'
import { temporaryDirectory } from './parts/temporary-directory.js'

/**
 * The whole stack under way: page -> nginx -> gateway -> two chat-services.
 * @typedef {object} Stack
 * @property {string} page origin of the page, on the allow-list
 * @property {string} evilPage origin of the same page, not on it
 * @property {string} api origin of the API
 * @property {string} stompUrl where the page connects
 * @property {import('./parts/spring.js').SpringChat[]} springs
 * @property {import('./parts/gateway.js').Gateway} gateway
 * @property {import('./parts/nginx.js').Nginx} nginx
 * @property {string} outDir directory of the built page, a temporary one
 * @property {() => Promise<void>} stop stops all parts and removes what they wrote; may be called again
 */

/**
 * Starts all parts on free ports of 127.0.0.1. Rejects when one does not start; then none of them is left.
 * @param {object} [options]
 * @param {'4' | '3'} [options.boot] Spring Boot 4 or 3.5
 * @param {boolean} [options.secured] chat-services with Spring Security
 * @param {Record<string, string>} [options.springSettings] further properties of both chat-services
 * @param {Record<string, string>} [options.gatewaySettings] in place of those made here, or beside them
 * @param {AbortSignal} [options.signal] ends the start
 * @returns {Promise<Stack>}
 */
export async function startStack (
  { boot = '4', secured = false, springSettings = {}, gatewaySettings = {}, signal } = {}
) {
  const [httpPort, httpsPort] = [await freePort(), await freePort()]
  const page = `https://app.chat.localhost:${httpsPort}`
  const api = `https://api.chat.localhost:${httpsPort}`
  const stompUrl = `${api}/stomp/ws-stomp`
  const { own, stop } = ownedParts()
  try {
    const { path: outDir, remove } = await temporaryDirectory('page')
    own(remove)
    await chmod(outDir, 0o755) // nginx's workers read it
    const start = async name => {
      const spring = await startSpringChat({ boot, secured, name, settings: springSettings, signal })
      own(() => spring.child.stop())
      return spring
    }
    const [, ...springs] = await all([buildPage({ stompUrl, outDir, signal }), start('chat-1'), start('chat-2')])
    const gateway = await startGateway({
      STOMP_UPSTREAMS: springs.map(({ url }) => url).join(),
      ALLOWED_ORIGINS: page,
      PUBLIC_ORIGINS: api,
      TRUST_PROXY: '127.0.0.1', // nginx, whose X-Forwarded-* lines are believed
      ...gatewaySettings
    }, { signal })
    own(() => gateway.child.stop())
    const nginx = await startNginx({ upstream: `127.0.0.1:${gateway.port}`, page: outDir, httpPort, httpsPort, signal })
    own(() => nginx.child.stop())
    const evilPage = `https://evil.localhost:${httpsPort}`
    return { page, evilPage, api, stompUrl, springs, gateway, nginx, outDir, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What was started last ends first: nginx and its connections, so that nothing behind it has to wait. */
function ownedParts () {
  const ends = []
  return {
    own: end => { ends.unshift(end) },
    stop: async () => { for (const end of ends.splice(0)) await end() }
  }
}

/** As Promise.all, but nothing is under way any more when it rejects. */
async function all (promises) {
  const results = await Promise.allSettled(promises)
  const failed = results.find(({ status }) => status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return results.map(({ value }) => value)
}
