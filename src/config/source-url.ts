import { isLoopback } from './listeners.js'

/** The address of a source. */
export interface SourceUrl {
  /** What to dial, credentials included: never to be shown. */
  readonly url: string
  /** The same without user name, password and query: logs and the admin listener show it. */
  readonly name: string
  /** Whether it crosses a network as plain HTTP. */
  readonly isExposed: boolean
}

const SHAPE = /^(https?|rediss?):\/\/[^/\\\s]+[^\\\s]*$/i

/**
 * Reads an http(s) or redis(s) URL. Instead of one, a text tells what is wrong and how to mend it; it shows
 * nothing of the URL, since any part of a broken one may be a password.
 */
export function parseSourceUrl (text: string): SourceUrl | string {
  if (!SHAPE.test(text) || !URL.canParse(text)) {
    return 'is no URL. Write scheme://host:port/path, and percent-encode what is special in a user name or password'
  }
  const url = new URL(text)
  const fault = findUrlFault(url) ?? (url.protocol.startsWith('http') ? findHttpFault(url) : findRedisFault(url))
  if (fault !== undefined) return fault
  const hidden = url.search === '' ? '' : '?…'
  return {
    url: url.href,
    name: `${url.protocol}//${url.host}${url.pathname}${hidden}`,
    isExposed: url.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[|\]$/g, ''))
  }
}

function findUrlFault (url: URL): string | undefined {
  if (url.hash !== '') return 'holds a #. Remove it, or write %23 for one in a password'
  if (url.hostname.includes('*')) return 'has a wildcard for a host. Name one host'
  try {
    decodeURIComponent(url.username + url.password)
  } catch {
    return 'holds a % that begins no escape. Write %25 for one in a user name or password'
  }
}

function findHttpFault ({ pathname, search }: URL): string | undefined {
  if (pathname !== '/' || search !== '') return
  return 'names no document. Write its path, such as /origins.json; an allow-list entry belongs in ALLOWED_ORIGINS'
}

function findRedisFault ({ username, password, pathname, search }: URL): string | undefined {
  if (search !== '') return 'holds a query. Remove it: ORIGIN_REDIS_KEY names the key'
  if (username !== '' && password === '') return 'has a user name and no password. Write :password@ for a password alone'
  if (!/^\/?\d{0,4}$/.test(pathname)) return 'has a path that is no number of a database. Write one such as /0, or none'
}
