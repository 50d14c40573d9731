import { BlockList, isIP } from 'node:net'
import { quote } from './faults.js'

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?$/i
const NUMERIC = /^[\d.]+$/
const WILDCARDS = ['0.0.0.0', '::']

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** Whether only this machine reaches a listener on `host`; a name other than `localhost` may be public. */
export function isLoopback (host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true
  const family = isIP(host)
  return family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

/** Why nothing can listen on `host`, or undefined. */
export function findHostFault (host: string): string | undefined {
  if (isIP(host) !== 0) return
  if (host === '*') return "'*' is no address. Write 0.0.0.0 or :: for every interface"
  if (/^\[.*\]$/.test(host)) return `${quote(host)} has brackets. Write the IPv6 address without them`
  if (host.includes('://')) return `${quote(host)} is a URL. Write the host alone`
  if (/^[^:]*:\d+$/.test(host)) return `${quote(host)} holds a port. Write the host alone, and the port in its own setting`
  if (NUMERIC.test(host) || !HOST_NAME.test(host)) {
    return `${quote(host)} is no IP address or host name. Write one such as 127.0.0.1, 0.0.0.0 or ::`
  }
}

/** Whether a connection to `host` meets a listener bound to `boundTo`, as far as names and wildcards tell. */
export function reaches (host: string, boundTo: string): boolean {
  const [from, to] = [host.toLowerCase(), boundTo.toLowerCase()]
  if (from === to) return true
  if (!isLoopback(from)) return false
  return WILDCARDS.includes(to) || (isLoopback(to) && [from, to].includes('localhost'))
}

const SHORTEST_TOKEN = 16

/** Why `token` cannot guard the admin listener, or undefined. The message never shows the token. */
export function findTokenFault (token: string, adminHost: string): string | undefined {
  if (token === '') {
    if (isLoopback(adminHost)) return
    return `it is required, because ADMIN_HOST ${quote(adminHost)} is not loopback. Set ${SHORTEST_TOKEN} or more random characters`
  }
  if (token.length < SHORTEST_TOKEN) {
    return `it has ${token.length} characters (not shown). Set ${SHORTEST_TOKEN} or more random ones`
  }
  // RFC 9110 §5.5: anything else does not survive a header.
  if (!/^[!-~]+$/.test(token)) return 'it holds a character a header cannot carry (not shown). Use printable ASCII, no spaces'
}
