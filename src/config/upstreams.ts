import { isIP } from 'node:net'
import { quote } from './faults.js'
import { findSegmentsFault } from './path-segments.js'

/** One chat-service instance, as STOMP_UPSTREAMS names it. */
export interface Upstream {
  /** Names the instance in the pool, in logs and the admin state: the canonical URL, default port dropped. */
  readonly id: string
  /** What to dial; the same text as `id`. */
  readonly url: string
  readonly protocol: 'http:' | 'https:'
  /** Lower-case, punycoded; an IPv6 address stands without brackets, as `net.connect` wants it. */
  readonly hostname: string
  readonly port: number
  /** For the Host header: `host` or `host:port`, IPv6 in brackets, default port dropped. */
  readonly authority: string
  /** '' or '/stomp': replaces the route's prefix; never a trailing slash. */
  readonly basePath: string
}

/** Our own grammar goes first: `new URL` hides user-info, turns `\` into `/` and resolves dot segments. */
const URL_PARTS = /^([a-z][a-z0-9+.-]*):\/\/(\[[^\]]*\]|[^/:[\]]*)(?::([^/]*))?(\/.*)?$/i
const WEBSOCKET_SCHEMES: ReadonlyMap<string, string> = new Map([['ws', 'http'], ['wss', 'https']])

/**
 * The instances in the order given, and one message for each entry refused. Blank entries (a trailing comma)
 * are skipped. An instance is one host:port, so the same host:port with another path is a second mention.
 */
export function parseUpstreams (text: string): { upstreams: readonly Upstream[], faults: readonly string[] } {
  const upstreams = new Map<string, Upstream>()
  const faults: string[] = []
  const entries = text.split(',').map(entry => entry.trim()).filter(entry => entry !== '')
  if (entries.length === 0 && text.trim() !== '') faults.push(`${quote(text)} names no URL. Write one, or leave it empty`)
  for (const entry of entries) {
    const upstream = parseUpstream(entry)
    if (typeof upstream === 'string') {
      faults.push(upstream)
      continue
    }
    const instance = JSON.stringify([upstream.hostname, upstream.port])
    if (upstreams.has(instance)) faults.push(`${quote(entry)} names an instance a second time. Remove one of the two`)
    else upstreams.set(instance, upstream)
  }
  return { upstreams: Object.freeze([...upstreams.values()]), faults }
}

function parseUpstream (entry: string): Upstream | string {
  // First, because every other message shows the entry, and what stands before the @ may be a password.
  if (entry.includes('@')) {
    const rest = entry.slice(entry.lastIndexOf('@'))
    return `an entry ending in ${quote(rest)} holds an @. Write the URL without user name and password`
  }
  const [, scheme, host, port, path = ''] = URL_PARTS.exec(entry) ?? []
  const fault = findEntryFault(entry) ??
    findSchemeFault(entry, scheme) ?? findPortFault(entry, port) ?? findBasePathFault(entry, path)
  if (fault !== undefined) return fault
  const url = URL.canParse(entry) ? new URL(entry) : undefined
  if (url !== undefined && isPlainHost(host, url.hostname)) return toUpstream(url)
  return `${quote(entry)} has no valid host. Write a host name, an IPv4 address of four numbers or an IPv6 address in []`
}

function findEntryFault (entry: string): string | undefined {
  if (/[\s;]/.test(entry)) return `${quote(entry)} holds a space or semicolon. Separate URLs with commas`
  if (/[?#]/.test(entry)) return `${quote(entry)} holds a query or fragment. Remove it; the client's query travels on`
  if (entry.includes('\\')) return `${quote(entry)} holds a backslash. Write slashes`
}

function findSchemeFault (entry: string, scheme: string | undefined): string | undefined {
  if (scheme === undefined) return `${quote(entry)} is no URL. Write http://host:port or https://host:port`
  const name = scheme.toLowerCase()
  if (name === 'http' || name === 'https') return
  const mended = WEBSOCKET_SCHEMES.get(name)
  if (mended === undefined) return `${quote(entry)} is neither http:// nor https://. Write one of these`
  return `${quote(entry)} is a WebSocket URL. Write ${mended}://; one URL serves HTTP and upgrades`
}

function findPortFault (entry: string, port: string | undefined): string | undefined {
  if (port === undefined) return
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0
  if (number < 1 || number > 65_535) return `${quote(entry)} has no valid port. Write one from 1 to 65535, or none`
}

function findBasePathFault (entry: string, path: string): string | undefined {
  const fault = path === '' || path === '/' ? undefined : findSegmentsFault(path.replace(/\/$/, ''))
  return fault && `${quote(entry)}: the path ${fault}`
}

/** A URL parser takes `http:///a` for the host `a`, `10.0.1` for an address, `*` for a letter: here all are slips. */
const isPlainHost = (written: string | undefined, parsed: string) =>
  written !== '' && !parsed.includes('*') && (isIP(parsed) !== 4 || written === parsed)

function toUpstream ({ protocol, hostname, port, host, pathname }: URL): Upstream {
  const secure = protocol === 'https:'
  const basePath = pathname.replace(/\/$/, '')
  const id = `${protocol}//${host}${basePath}`
  return Object.freeze({
    id,
    url: id,
    protocol: secure ? 'https:' : 'http:',
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    authority: host,
    basePath
  })
}
