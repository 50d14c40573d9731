import { isLoopback } from '../origin/host.js'
import type { Trouble } from './finding.js'

/**
 * What there is to say of a page on https that asks http: no browser lets it (W3C "Mixed Content", section
 * 4.4; WebSocket likewise). What stays on this machine is excepted, as potentially trustworthy.
 */
export function findMixedContent (origin: string, url: string): Trouble | undefined {
  const { protocol, hostname, host } = new URL(url)
  if (!origin.startsWith('https:') || protocol !== 'http:' || isLoopback(hostname)) return undefined
  return {
    code: 'mixed-content',
    message: `a page on https asks nothing of http://${host}: every browser blocks it as mixed content, before it is sent`,
    mend: 'serve this URL over https (and wss), as the page itself is served: TLS may end at the proxy in front'
  }
}
