import { isTransportName, type TransportName } from './transports.js'

/** What a path below a SockJS route asks for. */
export type SockjsPath =
  | { kind: 'session', transport: TransportName, session: string }
  | { kind: 'raw-websocket' }
  | { kind: 'info' }
  | { kind: 'iframe' }
  | { kind: 'other' }

interface Segment {
  readonly raw: string
  /** As a decoding server names it: decoded once, without `;parameters` and outer blanks. */
  readonly name: string
}

const INFO: SockjsPath = { kind: 'info' }
const OTHER: SockjsPath = { kind: 'other' }
const RAW_WEBSOCKET: SockjsPath = { kind: 'raw-websocket' }

/**
 * The dot before `html` is any character on purpose, a slash too: sockjs-node and Spring both leave it
 * unescaped, so `/iframe;html` and `/iframe/html` are served as well.
 */
const IFRAME = /\/iframe[-0-9._a-z]*.html\/?$/i

/**
 * What the instance will take `path` for: the part below the route's prefix, without the query, as the
 * client sent it. sockjs-protocol 0.3.3, "Base URL greeting", "IFrame page" and "Session URLs":
 * `<base>/<server>/<session>/<transport>`, where neither id is empty or holds a dot. The base is the
 * instance's own affair and may have any number of segments.
 *
 * Servers differ in how they read a path: Spring decodes it, drops `;parameters`, empty segments and
 * blanks; sockjs-node takes it literally. What either of them would serve is named here, in any case of
 * letters, so a transport that is switched off has no second spelling. `session` is the decoded id, the
 * one key of affinity: servers have to ignore `<server>`. It opens the session: never log it.
 */
export function parseSockjsPath (path: string): SockjsPath {
  return PLAIN_PATH.test(path) && !IFRAME.test(path) ? parsePlainPath(path) : parseAnyPath(path)
}

/** The short way for a path that every reader reads alike: its last segments are cut out as they stand. */
function parsePlainPath (path: string): SockjsPath {
  const end = path.endsWith('/') ? path.length - 1 : path.length
  const wordAt = path.lastIndexOf('/', end - 1) + 1
  const word = path.slice(wordAt, end).toLowerCase()
  if (word === 'info') return INFO
  if (!isTransportName(word)) return OTHER

  const sessionAt = path.lastIndexOf('/', wordAt - 2) + 1
  const serverAt = path.lastIndexOf('/', sessionAt - 2) + 1
  if (sessionAt > serverAt && !path.slice(serverAt, wordAt).includes('.')) {
    return { kind: 'session', transport: word, session: path.slice(sessionAt, wordAt - 1) }
  }
  return word === 'websocket' ? RAW_WEBSOCKET : OTHER
}

function parseAnyPath (path: string): SockjsPath {
  const segments = path.split('/').map(readSegment).filter(({ name }) => name !== '')
  const decodedPath = segments.map(({ name }) => `/${name}`).join('')
  if (IFRAME.test(path) || (decodedPath !== path && IFRAME.test(decodedPath))) return { kind: 'iframe' }

  const word = segments.at(-1)?.name.toLowerCase() ?? ''
  if (word === 'info') return INFO
  if (!isTransportName(word)) return OTHER

  const [session, server] = [segments.at(-2), segments.at(-3)]
  if (session !== undefined && server !== undefined && mayBeId(session) && mayBeId(server)) {
    return { kind: 'session', transport: word, session: session.name }
  }
  return word === 'websocket' ? RAW_WEBSOCKET : OTHER
}

function readSegment (raw: string): Segment {
  // Tomcat cuts parameters before it decodes, others after; this cuts at the first `;` of either.
  return { raw, name: withoutParameters(decodeOnce(raw)).trim() }
}

function withoutParameters (segment: string): string {
  const end = segment.indexOf(';')
  return end === -1 ? segment : segment.slice(0, end)
}

function decodeOnce (segment: string): string {
  if (!segment.includes('%')) return segment
  try { return decodeURIComponent(segment) } catch { return segment }
}

/** A dot rules an id out only when a literal reader and a decoding one both see it. */
function mayBeId ({ raw, name }: Segment): boolean {
  return !(raw.includes('.') && name.includes('.'))
}

const MAX_PATH_BYTES = 8 * 1024

/**
 * Most paths: unreserved characters alone (RFC 3986 §2.3), no empty segment but the last one, none that
 * starts with a dot. Every reader reads them alike, so that nothing else has to be looked for.
 */
const PLAIN_PATH = /^(?:\/[\w~-][\w.~-]*)+\/?$/

/** Readings looked at: as sent, and decoded once, twice and three times. */
const MAX_READINGS = 4

type Fault = readonly [seen: RegExp, message: string]

/** Of the path as sent: RFC 3986 §3.3. `[` and `]` pass, as browsers send them as they are. */
const RAW_FAULTS: readonly Fault[] = [
  [/[\u0080-\uffff]/, 'a character outside ASCII'],
  [/[^ -~]/, 'a control character'],
  [/\\/, 'a backslash'],
  [/[ "#<>?^`{|}]/, 'a character that must be percent-encoded']
]

/** Of every reading, as instances and the proxies before them may decode more than once. */
const READING_FAULTS: readonly Fault[] = [
  [/%(?:[01][0-9a-f]|7f|c2%[89][0-9a-f])/i, 'a control character'],
  [/%2f/i, 'an encoded slash'],
  [/%5c/i, 'an encoded backslash'],
  [/%c[01]|%e0%[89]|%f0%8|%u[0-9a-f]{4}/i, 'malformed percent-encoding'], // overlong UTF-8, and IIS' %u002e
  [/\/ *\.{1,2} *(?:[/;?#]|$)/, 'a dot segment'] // `..;/` is `../` to Tomcat
]

/**
 * Why a raw path (from its first slash, without the query) must be refused, or undefined. A short phrase,
 * never an echo of the path. What passes cannot climb out of the route's prefix or grow segments on the way.
 * RFC 3986 §3.3 and §5.2.4, RFC 3629 §3 (overlong forms).
 */
export function findPathFault (path: string): string | undefined {
  if (!path.startsWith('/')) return 'no slash at its start'
  if (path.length > MAX_PATH_BYTES) return 'more than 8 KiB'
  if (PLAIN_PATH.test(path)) return undefined
  const rawFault = firstFault(RAW_FAULTS, path)
  if (rawFault !== undefined) return rawFault
  if (!isDecodable(path)) return 'malformed percent-encoding'
  // A literal reader counts such a segment, a decoding one does not: they would see different sessions.
  const inner = path.split('/').slice(1, -1)
  if (inner.some(raw => raw !== '' && readSegment(raw).name === '')) return 'a segment without a name'
  return findEncodedFault(path)
}

function findEncodedFault (path: string): string | undefined {
  let reading = path
  for (let count = 0; count < MAX_READINGS; count++) {
    const fault = firstFault(READING_FAULTS, reading)
    if (fault !== undefined) return fault
    const decoded = decodePrintable(reading)
    if (decoded === reading) return undefined
    reading = decoded
  }
  return 'percent-encoding nested too deep'
}

function firstFault (faults: readonly Fault[], text: string): string | undefined {
  return faults.find(([seen]) => seen.test(text))?.[1]
}

function isDecodable (path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

/** Not decodeURIComponent: a later reading may hold a stray `%` (`100%25`) beside what must be seen. */
function decodePrintable (text: string): string {
  return text.replace(/%([2-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
}

const MAX_LOGGED_CHARACTERS = 256

/** The spellings a client library uses. An id holds no dot, so the iframe page's name is none. */
const KNOWN_WORD = /^(?:info|iframe[-0-9._a-z]*\.html)$/

/** Nothing in it that a server could read as the end of the segment. */
const PLAIN_SEGMENT = /^[\w.~-]{1,64}$/

/**
 * `path` for a log line, at most 256 characters: the prefix, the first segment after it (the endpoint, or
 * `<server>`) and SockJS words stay; every other segment becomes `*` and the query goes. The session id is a
 * secret and comes second at the earliest, so it is gone whatever spelling or transport stands around it.
 */
export function redactPath (path: string, prefix: string): string {
  const bare = path.replace(/[?#].*$/s, '')
  const base = prefix.replace(/\/+$/, '')
  const kept = bare === base || bare.startsWith(`${base}/`) ? base : ''
  const shown = bare.slice(kept.length).split('/').map((segment, index) => {
    // An empty first segment keeps its place: after `//` the next one may be the id.
    const isShown = segment === '' || (index === 1 && PLAIN_SEGMENT.test(segment)) ||
      KNOWN_WORD.test(segment) || isTransportName(segment)
    return isShown ? segment : '*'
  })
  return (kept + shown.join('/')).slice(0, MAX_LOGGED_CHARACTERS)
}
