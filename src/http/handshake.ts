import { hash } from 'node:crypto'
import { headerName } from './header-name.js'
import { listMembers, responseHeadersToForward, type OwnHeaders, type RawHeaders } from './headers.js'

/** The head of a request as far as a handshake is judged by it. */
export interface UpgradeHead { method: string, httpVersion: string, rawHeaders: RawHeaders }

/** What an Upgrade request turned out to be. */
export type Upgrade =
  | { kind: 'websocket', key: string }
  | { kind: 'version' }
  | { kind: 'invalid', message: string }

/**
 * RFC 6455 §4.1: 16 bytes in base64, so 22 characters and `==`; the last one carries 4 spare bits, which are
 * zero.
 */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/

/** RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/**
 * Reads an upgrade request (RFC 6455 §4.2.1), from its raw lines: a parsed header object drops repeats, and
 * Node may leave `upgrade` out of it. A body on any upgrade is invalid: its bytes and early tunnel bytes
 * look the same.
 */
export function readUpgrade ({ method, httpVersion, rawHeaders }: UpgradeHead): Upgrade {
  const lines = collect(rawHeaders)
  if (hasBody(lines)) return invalid('a body is not allowed with Upgrade')
  if (!isWebSocketAlone(lines)) return invalid("Upgrade must be 'websocket' alone")
  if (method !== 'GET') return invalid('the method must be GET')
  if (httpVersion !== '1.1') return invalid('the version must be HTTP/1.1')
  if (!namesUpgrade(lines)) return invalid("Connection must name 'Upgrade'")
  if (only(lines['sec-websocket-version']) !== '13') return { kind: 'version' }
  const key = only(lines['sec-websocket-key'])
  if (key === undefined || !KEY.test(key)) return invalid('Sec-WebSocket-Key must be one base64 value of 16 bytes')
  return { kind: 'websocket', key }
}

/**
 * Whether a request asks for h2c alone, which a server may ignore (RFC 9110 §7.8): HTTP clients, Java's
 * above all, send it unasked, and the request is the plain one it also is.
 */
export function asksForH2c (rawHeaders: RawHeaders): boolean {
  const protocols = listMembers(rawHeaders, 'upgrade')
  return protocols.length === 1 && protocols[0] === 'h2c'
}

/** The Sec-WebSocket-Accept that answers a key (RFC 6455 §4.2.2). */
export function acceptOf (key: string): string {
  return hash('sha1', key + GUID, 'base64')
}

/**
 * Why a 101 does not answer this handshake, or undefined when it does (RFC 6455 §4.1, last list). A 101 that
 * was made for no one, or for another request, must not open a tunnel: what follows it may be plain HTTP.
 */
export function findSwitchFault (raw: RawHeaders, key: string): string | undefined {
  const lines = collect(raw)
  if (!isWebSocketAlone(lines)) return "its Upgrade is not 'websocket'"
  if (!namesUpgrade(lines)) return "its Connection does not name 'upgrade'"
  return only(lines['sec-websocket-accept']) === acceptOf(key) ? undefined : 'its Sec-WebSocket-Accept answers another key'
}

/**
 * The bytes (latin1) of the 101 for the client: the instance's subprotocol, extensions and other lines, ours
 * added.
 */
export function writeSwitch (raw: RawHeaders, own: OwnHeaders): string {
  const lines = responseHeadersToForward(raw, own)
  let head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
  for (let i = 0; i < lines.length; i += 2) head += `${lines[i]}: ${lines[i + 1]}\r\n`
  return head + '\r\n'
}

/** What a handshake is judged by, both ways. */
type Name = 'connection' | 'upgrade' | 'content-length' | 'transfer-encoding' | 'sec-websocket-accept' |
  'sec-websocket-key' | 'sec-websocket-version'

const NAMES: ReadonlySet<string> = new Set<Name>(['connection', 'upgrade', 'content-length', 'transfer-encoding',
  'sec-websocket-accept', 'sec-websocket-key', 'sec-websocket-version'])

/** The values of each of these names' lines, in order. */
type Lines = Partial<Record<Name, string[]>>

/** One pass over a head, because it is judged by many names. */
function collect (raw: RawHeaders): Lines {
  const lines: Lines = {}
  for (let i = 0; i < raw.length; i += 2) {
    const name = headerName(raw[i] as string).lower
    if (!NAMES.has(name)) continue
    const values = lines[name as Name]
    if (values === undefined) lines[name as Name] = [raw[i + 1] as string]
    else values.push(raw[i + 1] as string)
  }
  return lines
}

/** The value, when there is one line of it and no more. */
function only (values: readonly string[] | undefined): string | undefined {
  return values?.length === 1 ? values[0] : undefined
}

function isWebSocketAlone ({ upgrade = [] }: Lines): boolean {
  return membersOf(upgrade).join() === 'websocket'
}

function namesUpgrade ({ connection = [] }: Lines): boolean {
  return membersOf(connection).includes('upgrade')
}

/** Members of a list, lower-case, without empty ones. */
function membersOf (values: readonly string[]): string[] {
  return values.join().toLowerCase().split(',').map(part => part.trim()).filter(part => part !== '')
}

/** One plain `Content-Length: 0`, which Java's WebSocket sends, announces no body; anything else may. */
function hasBody (lines: Lines): boolean {
  const lengths = lines['content-length']
  return (lengths !== undefined && only(lengths) !== '0') || lines['transfer-encoding'] !== undefined
}

function invalid (message: string): Upgrade {
  return { kind: 'invalid', message }
}
