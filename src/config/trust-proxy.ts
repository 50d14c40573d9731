import { isIP } from 'node:net'
import { quote } from './faults.js'

/** Words other stacks take. Here the addresses are written out, so that a reader sees who is trusted. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['loopback', '127.0.0.0/8,::1/128'],
  ['linklocal', '169.254.0.0/16,fe80::/10'],
  ['uniquelocal', '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7']
])
const EVERYONE = ['true', 'yes', 'on', 'all', '*']
const NOBODY = ['false', 'no', 'off', 'none']

/**
 * The proxies to trust, for Fastify's `trustProxy`, and one message for each item refused. Only addresses and
 * CIDR ranges pass: `true` trusts every client, and a number of hops does not say whom (CVE-2026-16732).
 */
export function parseTrustProxy (text: string): { trustProxy: readonly string[], faults: readonly string[] } {
  const items = text.split(',').map(item => item.trim()).filter(item => item !== '')
  const faults = items.map(findItemFault).filter(fault => fault !== undefined)
  return { trustProxy: Object.freeze(items), faults }
}

function findItemFault (item: string): string | undefined {
  const word = item.toLowerCase()
  if (EVERYONE.includes(word)) return `${quote(item)} would trust every client. Write the address of your proxy, such as 10.0.0.5`
  if (NOBODY.includes(word)) return `${quote(item)} is no address. To trust no proxy, leave TRUST_PROXY empty`
  if (/^-?\d+$/.test(item)) return `${quote(item)} is a number of hops. Write the address of your proxy, such as 10.0.0.5`
  const addresses = WORDS.get(word)
  if (addresses !== undefined) return `${quote(item)} is a word, not an address. Write ${addresses}`
  return findRangeFault(item)
}

function findRangeFault (item: string): string | undefined {
  const [address = '', bits, ...rest] = item.split('/')
  const family = address.includes('%') ? 0 : isIP(address) // isIP lets a zone such as fe80::1%eth0 pass
  if (family === 0) return `${quote(item)} is no IP address. Write one such as 10.0.0.5, 10.0.0.0/8 or fd00::/8`
  if (bits === undefined) return
  const most = family === 4 ? 32 : 128
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > most) {
    return `${quote(item)} has no valid prefix length. Write a number from 1 to ${most} after the slash`
  }
  if (Number(bits) === 0) return `${quote(item)} would trust every client. Write the range of your proxies, such as 10.0.0.0/8`
}
