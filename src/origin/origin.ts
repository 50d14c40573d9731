import { isOrdinaryName, normalizeHost } from './host.js'

/**
 * A serialized origin (RFC 6454 section 6.2): lower-case, default port dropped, IPv6 compressed. Two origins
 * are the same if and only if these strings are equal. Made only by parseOrigin and serializeOrigin.
 */
export type Origin = string & { readonly brand: 'Origin' }

/** One tuple origin and its parts. `port` is decimal, or '' for the default port of the scheme. */
export interface ParsedOrigin {
  origin: Origin
  scheme: string
  host: string
  port: string
}

/**
 * ASCII only, no `i` flag and no URL parser: what those fold or forgive (U+212A, user-info, backslashes,
 * percent-encoding, tabs) is how look-alikes pass. `$` without `m` is the very end of the text. The schemes
 * of nearly all origins have an alternative of their own to save time, and `(?!` keeps them out of the other:
 * what fails is not tried twice.
 */
const ORIGIN =
  /^(https?|(?!https?:)[A-Za-z][A-Za-z0-9+.-]{0,62}):\/\/([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::([1-9][0-9]{0,4}))?$/
const MAX_PORT = 65_535

/** A scheme, `://`, a name of 253 characters with a trailing dot, a port. Of 16 KiB, nothing is to be read. */
const MAX_ORIGIN_LENGTH = 63 + 3 + 254 + 6

/**
 * The origin an `Origin` header names; undefined unless the text is exactly one serialized tuple origin:
 * scheme, `://`, host, optional port of 1-65535 without leading zeros, nothing before or after.
 * An explicit default port and upper case are forgiven (RFC 6454 section 4). `null` is not parsed here.
 */
export function parseOrigin (text: string): ParsedOrigin | undefined {
  return readOrdinary(text) ?? readAny(text)
}

/** What nearly every page sends is read here for a quarter of the time; undefined for all the rest. */
function readOrdinary (text: string): ParsedOrigin | undefined {
  const scheme = text.startsWith('https://') ? 'https' : text.startsWith('http://') ? 'http' : undefined
  if (scheme === undefined || !isOrdinaryName(text, scheme.length + 3)) return undefined
  return { origin: text as Origin, scheme, host: text.slice(scheme.length + 3), port: '' }
}

function readAny (text: string): ParsedOrigin | undefined {
  const match = text.length > MAX_ORIGIN_LENGTH ? null : ORIGIN.exec(text)
  if (match === null) return undefined
  // By index: to take a match apart by its iterator costs as much as to make it.
  const [scheme, port] = [(match[1] as string).toLowerCase(), match[3] ?? '']
  const host = Number(port) > MAX_PORT ? undefined : normalizeHost(match[2] as string)
  if (host === undefined) return undefined
  const isSerialized = scheme === match[1] && host === match[2] && port !== defaultPortOf(scheme)
  return isSerialized ? { origin: text as Origin, scheme, host, port } : serializeOrigin(scheme, host, port)
}

/** The origin made of parts that are checked and lower-case already; drops the scheme's default port. */
export function serializeOrigin (scheme: string, host: string, explicitPort: string): ParsedOrigin {
  const port = explicitPort === defaultPortOf(scheme) ? '' : explicitPort
  const origin = (port === '' ? `${scheme}://${host}` : `${scheme}://${host}:${port}`) as Origin
  return { origin, scheme, host, port }
}

/** `443` for https, `80` for http; undefined for every other scheme, whose ports all stay visible. */
export function defaultPortOf (scheme: string): string | undefined {
  if (scheme === 'https') return '443'
  return scheme === 'http' ? '80' : undefined
}
