import type { Test } from 'tap'
import type { Door } from '../../helper/door.js'
import { freePort } from '../../helper/free-port.js'
import { gatewayInFront, nginxInFront, springChat, type Nginx, type SpringChat } from '../../helper/full-stack.js'
import { tomcatAccessLog, type TomcatAccessLog } from '../../helper/tomcat-access-log.js'

/** Which Spring Boot. */
export type Boot = '4' | '3'

/** Chat-services of one kind, and the ways to them. */
export interface Services {
  /** chat-1, chat-2, … */
  springs: SpringChat[]
  /** What reaches any of them. */
  accessLog: TomcatAccessLog
  /** Straight at the first of them. */
  direct: Door
  /** Straight at the gateway. */
  gateway: Door
  /** The whole way: nginx with TLS, which the gateway trusts, then the gateway. */
  nginx: Door
  /** Ports and certificate. */
  edge: Nginx
  /** An origin on the gateway's allow-list. */
  page: string
}

/** What to start; `pageDir` is what nginx serves as the page. */
interface ServicesOptions { boot: Boot, secured?: boolean, count: number, pageDir: string }

/** Starts `count` chat-services, a gateway and nginx in front of them; all ends with the test. */
export async function startServices (
  t: Test, { boot, secured = false, count, pageDir }: ServicesOptions
): Promise<Services> {
  const names = Array.from({ length: count }, (_, index) => `chat-${index + 1}`)
  const accessLog = await tomcatAccessLog(t)
  const springs = await Promise.all(names.map(name =>
    springChat(t, { boot, secured, name, settings: accessLog.settings })))
  const [gatewayPort, httpsPort] = [await freePort(), await freePort()]
  const page = `https://app.chat.localhost:${httpsPort}`
  const gateway = await gatewayInFront(t, {
    PORT: String(gatewayPort),
    STOMP_UPSTREAMS: springs.map(({ url }) => url).join(','),
    ALLOWED_ORIGINS: page,
    PUBLIC_ORIGINS: `https://api.chat.localhost:${httpsPort},http://127.0.0.1:${gatewayPort}`,
    TRUST_PROXY: '127.0.0.1'
  })
  const upstream = `127.0.0.1:${gatewayPort}`
  const edge = await nginxInFront(t, { upstream, page: pageDir, httpsPort })
  return {
    springs,
    accessLog,
    direct: { url: springs[0]!.url },
    gateway: { url: `${gateway.url}/stomp` },
    nginx: { url: `https://api.chat.localhost:${httpsPort}/stomp`, ca: edge.certificate },
    edge,
    page
  }
}
