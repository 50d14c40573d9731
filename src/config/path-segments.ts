import { quote } from './faults.js'

const SEGMENT = /^[A-Za-z0-9._~-]+$/
/** The gateway answers these itself. */
const RESERVED = ['/healthz', '/readyz']

/**
 * Why `path` is no plain `/segment/segment` path, or undefined. Only unreserved characters (RFC 3986 §2.3)
 * pass, so a path has one spelling: nothing to decode, no dot segment, no trailing slash, no router wildcard.
 */
export function findSegmentsFault (path: string): string | undefined {
  if (!path.startsWith('/')) return `${quote(path)} does not start with a slash. Write such as /stomp`
  if (path.endsWith('/')) return `${quote(path)} ends with a slash. Remove it`
  const segments = path.slice(1).split('/')
  if (segments.includes('')) return `${quote(path)} has an empty segment. Write single slashes`
  if (segments.some(segment => segment === '.' || segment === '..')) {
    return `${quote(path)} has a dot segment. Write the path it leads to`
  }
  if (!segments.every(segment => SEGMENT.test(segment))) {
    return `${quote(path)} has a character other than letters, digits and . _ ~ -. Use only these`
  }
}

/** Why `path` cannot be STOMP_PREFIX, or undefined: `/` alone and the gateway's own routes are taken. */
export function findPrefixFault (path: string): string | undefined {
  if (path === '/') return "'/' would hide the gateway's own routes. Write a path such as /stomp"
  if (RESERVED.includes(path)) return `${quote(path)} is answered by the gateway itself. Write a path such as /stomp`
  return findSegmentsFault(path)
}
