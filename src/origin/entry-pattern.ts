import { EntryFault, type EntryNotes } from './entry-fault.js'
import { readEntryHost } from './entry-host.js'
import { type EntryPorts, readEntryPorts } from './entry-ports.js'
import { isLoopback } from './host.js'
import { defaultPortOf } from './origin.js'
import { lintWildcards } from './wildcard-lint.js'

/** What one entry allows: every tuple origin, opaque origins, or origins of one scheme, host and ports. */
export type EntryPattern =
  | { readonly kind: 'any' }
  | { readonly kind: 'opaque' }
  | { readonly kind: 'origins', readonly scheme: string, readonly host: string, readonly ports: EntryPorts }

/** Schemes whose pages have an opaque origin, or none at all. RFC 6454 section 4, WHATWG URL "origin". */
const SENDS_NULL = 'browsers send "null" for its pages: serve them over https and list that origin'
const REFUSED_SCHEMES: Readonly<Record<string, string>> = {
  ws: 'a page has an http or https origin, also when it opens a WebSocket: write "http://" instead',
  wss: 'a page has an http or https origin, also when it opens a WebSocket: write "https://" instead',
  file: SENDS_NULL,
  data: SENDS_NULL,
  about: SENDS_NULL,
  javascript: SENDS_NULL,
  ftp: SENDS_NULL,
  blob: 'a blob has the origin of the page that made it: list that origin',
  filesystem: 'such a URL has the origin of the page that made it: list that origin'
}

/**
 * Reads one trimmed allow-list entry; `notes` gets what was put right and what is risky.
 * @throws EntryFault with the mend when the entry cannot mean what its writer wants
 */
export function readEntry (text: string, notes: EntryNotes): EntryPattern {
  if (text === '*') {
    notes.warnings.push('every website gets in with its visitors\' cookies: list your origins instead')
    return { kind: 'any' }
  }
  if (text.toLowerCase() === 'null') {
    if (text !== 'null') notes.respelled.push('browsers send it in lower case')
    notes.warnings.push('every sandboxed frame, local file and data: page of any website sends "null", so anyone ' +
      'gets in: serve the page over https and list that origin instead')
    return { kind: 'opaque' }
  }
  refuseForeignSyntax(text)
  const { scheme, rest } = readScheme(text, notes)
  const authority = readAuthority(rest, scheme, notes)
  const hostEnd = authority.startsWith('[') ? authority.indexOf(']') + 1 : authority.search(/[:[\]]|$/)
  const hostText = authority.slice(0, hostEnd)
  if (/[A-Z]/.test(hostText)) notes.respelled.push('browsers send the host in lower case')
  const host = readEntryHost(hostText, notes)
  const ports = readEntryPorts(authority.slice(hostEnd), scheme, notes)
  lintParts(scheme, host, ports, notes)
  return { kind: 'origins', scheme, host, ports }
}

/** The entry's canonical text: the mend of everything that was respelled. */
export function formatEntry (pattern: EntryPattern): string {
  if (pattern.kind !== 'origins') return pattern.kind === 'any' ? '*' : 'null'
  const { scheme, host, ports } = pattern
  if (ports === 'any') return `${scheme}://${host}:[*]`
  if (ports.length > 1) return `${scheme}://${host}:[${ports.map(port => port || defaultPortOf(scheme)).join(',')}]`
  return `${scheme}://${host}${ports[0] ? `:${ports[0]}` : ''}`
}

function refuseForeignSyntax (text: string): void {
  if (text === '') throw new EntryFault('it is empty: remove it')
  if (/[\s\p{Cc}]/u.test(text)) {
    throw new EntryFault('it holds a space or control character: remove it; commas separate entries')
  }
  if (text.includes(';')) throw new EntryFault('it holds a semicolon: commas separate entries')
  if (/^(?:file:(?!\/\/)|module:|rediss?:)/i.test(text)) {
    throw new EntryFault('it names a source of origins: put it into ORIGIN_POLICY')
  }
  if (/\[[^\]]*$/.test(text)) {
    throw new EntryFault('"[" is never closed: write "]" after the ports or the IPv6 address')
  }
  if (/,(?![^[]*\])/.test(text)) throw new EntryFault('it holds a comma: make each part an entry of its own')
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase() ?? ''
  const mend = Object.hasOwn(REFUSED_SCHEMES, scheme) ? REFUSED_SCHEMES[scheme] : undefined
  if (mend !== undefined) throw new EntryFault(`"${scheme}:" is no origin's scheme; ${mend}`)
  if (/[\^$\\(){}|]/.test(text)) {
    throw new EntryFault('it looks like a regular expression: write a pattern such as "https://*.example.com"')
  }
}

function readScheme (text: string, notes: EntryNotes): { scheme: string, rest: string } {
  const [, written, rest] = /^([^:/]*):\/\/(.*)$/.exec(text) ?? []
  if (written === undefined || rest === undefined) {
    const scheme = /^(?:localhost|127\.[\d.]+)(?::|$)/i.test(text) ? 'http' : 'https'
    const host = /^[\w.*-]*\w(?::\d+)?$/.test(text) ? text : 'example.com'
    throw new EntryFault(`it has no scheme: write "${scheme}://${host}"`)
  }
  if (written.includes('*')) throw new EntryFault(`the scheme takes no wildcard: write "https://${rest}"`)
  const scheme = written.toLowerCase()
  if (scheme !== written) notes.respelled.push('browsers send the scheme in lower case')
  const isTypingError = /^[htps]+$/.test(scheme) && scheme !== 'http' && scheme !== 'https'
  if (isTypingError || !/^[a-z][a-z0-9+.-]{0,62}$/.test(scheme)) {
    throw new EntryFault(`"${written}" is not a scheme: write "https://${rest}"`)
  }
  return { scheme, rest }
}

/** The rest of the entry, without the one trailing slash that address bars add. */
function readAuthority (rest: string, scheme: string, notes: EntryNotes): string {
  const end = rest.search(/[/?#]|$/)
  const authority = rest.slice(0, end)
  const tail = rest.slice(end)
  if (authority.includes('@')) {
    throw new EntryFault(`an origin has no user name: write "${scheme}://${authority.replace(/^.*@/, '')}"`)
  }
  if (tail === '/') notes.respelled.push('an origin ends without a slash')
  else if (tail !== '') throw new EntryFault(`an origin has no path, query or fragment: write "${scheme}://${authority}"`)
  return authority
}

function lintParts (scheme: string, host: string, ports: EntryPorts, notes: EntryNotes): void {
  if (scheme !== 'https' && scheme !== 'http') {
    if (host.includes('*') || ports === 'any' || ports.length > 1) {
      throw new EntryFault(`"${scheme}:" origins take no wildcard and no port list: list each one exactly`)
    }
    return
  }
  lintWildcards(host, notes)
  if (scheme === 'http' && !isLoopback(host)) {
    notes.warnings.push('whoever is on the network path can run scripts in an http page and gets in with its ' +
      `visitors' cookies: serve it over https and write "https://${host}"`)
  }
}
