import { isLoopback } from './host.js'
import { parseOrigin, type ParsedOrigin } from './origin.js'

/** What is wrong with a text that is no origin, and the origin it most likely should be. */
export interface Mend {
  /** Whole clauses, in the order a reader meets them; never empty. */
  readonly faults: readonly string[]
  /** What a browser would send; undefined when nobody can tell. */
  readonly meant?: ParsedOrigin | 'null'
}

/** Longer than any origin: nothing is guessed from a pasted file. */
const MAX_LENGTH = 2_048

const WEBSOCKET_SCHEMES: ReadonlyMap<string, string> = new Map([['ws', 'http'], ['wss', 'https']])

/** Reads what parseOrigin does not take. Every fault is named at once, so that one mend is enough. */
export function mendOrigin (text: string): Mend {
  const faults: string[] = []
  if (text.length > MAX_LENGTH) return { faults: [`it is longer than ${MAX_LENGTH} characters`] }
  const bare = trimWrapping(text, faults)
  if (bare.toLowerCase() === 'null') {
    if (bare !== 'null') faults.push('"null" is written in lower case')
    return { faults, meant: 'null' }
  }
  const unreadable = findUnreadable(bare)
  if (unreadable !== undefined) return { faults: [...faults, unreadable] }
  const { scheme, slashes, authority, tail } = splitUrl(bare)
  if (authority === '') return { faults: [...faults, 'it has no host'] }
  const host = mendAuthority(authority, faults)
  const name = mendScheme(scheme, slashes, host, faults)
  noteTail(tail, faults)
  const meant = parseOrigin(`${name}://${host}`)
  if (meant === undefined) faults.push(`"${host}" is no host with a port from 1 to 65535`)
  return meant === undefined ? { faults } : { faults, meant }
}

/** The parts of a URL as people write them, down to a lone host with a port. */
function splitUrl (text: string) {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):[/\\]/.exec(text)?.[1]
  const rest = text.slice(scheme === undefined ? 0 : scheme.length + 1)
  const from = rest.search(/[^/\\]|$/)
  const end = from + rest.slice(from).search(/[/\\?#]|$/)
  return { scheme, slashes: rest.slice(0, from), authority: rest.slice(from, end), tail: rest.slice(end) }
}

/** What comes along when a header, a log line or a setting is copied. */
function trimWrapping (text: string, faults: string[]): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const clean = text.replace(/[\x00-\x1f\x7f]/g, '')
  if (clean !== text) faults.push('it holds control characters')
  const trimmed = clean.trim()
  if (trimmed !== clean) faults.push('there is white space around it')
  const value = trimmed.replace(/^origin:\s*/i, '')
  if (value !== trimmed) faults.push('"Origin:" is the name of the header, not part of its value')
  const [, , inner = value] = /^(["'`<])(.*)["'`>]$/s.exec(value) ?? []
  if (inner !== value) faults.push('there are quotes around it')
  return inner
}

/** What is several things, or another thing: a guess would answer a question nobody asked. */
function findUnreadable (text: string): string | undefined {
  if (/[\s,;]/.test(text)) return 'it is not one origin: a space, comma or semicolon separates several'
  if (text.includes('*')) return 'it is an allow-list entry: ask about one origin, such as "https://app.example.com"'
  const scheme = /^(file|data|about|blob|javascript|filesystem):/i.exec(text)?.[1]?.toLowerCase()
  return scheme && `"${scheme}:" pages have no origin of their own: browsers send "null" or that of the page that made them`
}

/** The host and port, as a browser would write them. */
function mendAuthority (authority: string, faults: string[]): string {
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  if (host !== authority) faults.push('an origin has no user name or password')
  const portAt = host.search(/(?::[^:\]]*)?$/)
  const name = host.slice(0, portAt)
  const punycode = toAscii(name)
  if (punycode !== name) faults.push(`browsers send this host as "${punycode}"`)
  if (portAt === host.length) return punycode
  const port = host.slice(portAt + 1)
  const digits = port.replace(/^0+(?=\d)/, '')
  if (digits !== port) faults.push('a port has no leading zeros')
  if (port === '') faults.push('the port is empty')
  return digits === '' ? punycode : `${punycode}:${digits}`
}

/** Unicode to punycode, percent-encoding to plain; any other text as it is. */
function toAscii (host: string): string {
  // eslint-disable-next-line no-control-regex -- the range is exactly ASCII
  if (/^[\x00-\x7f]*$/.test(host) && !host.includes('%')) return host
  return URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`).hostname : host
}

function mendScheme (scheme: string | undefined, slashes: string, host: string, faults: string[]): string {
  if (scheme === undefined) {
    const bareHost = host.replace(/:\d+$/, '').toLowerCase()
    const guess = isLoopback(bareHost) ? 'http' : 'https'
    faults.push(`the scheme is missing: "${guess}://" is most likely meant`)
    return guess
  }
  const name = scheme.toLowerCase()
  if (slashes !== '//') faults.push(`exactly "//" follows "${scheme}:"`)
  const page = WEBSOCKET_SCHEMES.get(name)
  if (page === undefined) return name
  faults.push(`a page has an http or https origin, also when it opens a WebSocket: "${page}:" instead of "${name}:"`)
  return page
}

function noteTail (tail: string, faults: string[]): void {
  if (tail === '') return
  if (tail === '/') faults.push('a trailing slash is not part of an origin')
  else if (tail.startsWith('\\')) faults.push('a backslash is not part of an origin')
  else faults.push('a path, query or fragment is not part of an origin')
}
