import { isIP } from 'node:net'

/**
 * The Sec-Fetch-* lines of a browser that goes to `to`: by a link or a form of a page of the origin `from`,
 * or because its user typed the address (W3C Fetch Metadata).
 */
export function metadataOfNavigation (to: string, from?: string): Record<string, string> {
  return {
    'sec-fetch-site': siteOf(to, from),
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
    'sec-fetch-user': '?1'
  }
}

/** Those of a script of a page, for fetch and XMLHttpRequest. */
export function metadataOfScript (to: string, from: string): Record<string, string> {
  return { 'sec-fetch-site': siteOf(to, from), 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
}

function siteOf (to: string, from?: string): string {
  if (from === undefined) return 'none'
  if (!URL.canParse(from)) return 'cross-site' // a page whose origin is `null`
  const [page, target] = [new URL(from), new URL(to)]
  if (page.origin === target.origin) return 'same-origin'
  const isSameSite = page.protocol === target.protocol && domainOf(page) === domainOf(target)
  return isSameSite ? 'same-site' : 'cross-site'
}

/** The registrable domain: `localhost` is a top-level domain to browsers, an address is its own. */
function domainOf ({ hostname }: URL): string {
  return isIP(hostname) === 0 ? hostname.split('.').slice(-2).join('.') : hostname
}
