import { mergeVary } from '../origin/cors.js'
import { headerName } from './header-name.js'

/**
 * Header lists as they stand on the wire: `[name, value, name, value, …]`, spelling, order and repeats kept.
 * Both ways and every path (request, retry, answer, 101) use this one file.
 */
export type RawHeaders = readonly string[]

/** Request line and header lines together; more is answered 431. */
export const MAX_HEAD_BYTES = 16_384

/**
 * Bytes of the header lines on the wire, at least: Node's own limit counts names and values only, so lines
 * of one character would be four times as many.
 */
export function headerBytes (raw: RawHeaders): number {
  let sum = 0
  for (const text of raw) sum += text.length + 2 // `:` and CR LF are 3, with the usual blank 4
  return sum
}

const NOTHING: readonly string[] = []

/** The value of each line with this (lower-case) name, in order; [] when there is none. */
export function headerValues (raw: RawHeaders, name: string): string[] {
  let values: string[] | undefined
  for (let i = 0; i < raw.length; i += 2) {
    const candidate = raw[i] as string
    if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue
    const value = raw[i + 1] as string
    if (values === undefined) values = [value]
    else values.push(value)
  }
  return values ?? []
}

/**
 * Header lines as an object by lower-case name, as Node makes it of lines that stand once each.
 * @returns undefined when a name stands twice, or is one that every object has
 */
export function headerObject (raw: RawHeaders): Record<string, string | string[]> | undefined {
  const headers: Record<string, string | string[]> = {}
  for (let i = 0; i < raw.length; i += 2) {
    const { lower } = headerName(raw[i] as string)
    if (headers[lower] !== undefined) return undefined
    headers[lower] = lower === 'set-cookie' ? [raw[i + 1] as string] : raw[i + 1] as string
  }
  return headers
}

/** Comma-separated members of a list header over all its lines, lower-case, without empty ones. */
export function listMembers (raw: RawHeaders, name: string): string[] {
  const values = headerValues(raw, name)
  if (values.length === 0) return values
  return values.flatMap(value => value.toLowerCase().split(',').map(part => part.trim()))
    .filter(part => part !== '')
}

/** Lower-case names of headers that stop here (RFC 9110 §7.6.1); what most say names none but itself. */
function namedByConnection (raw: RawHeaders): readonly string[] {
  const [first, ...others] = headerValues(raw, 'connection')
  if (others.length === 0 && (first === undefined || /^(?:keep-alive|close)$/i.test(first))) return NOTHING
  return listMembers(raw, 'connection')
}

/**
 * True when `chunked` is the only transfer coding, if there is any: others are not undone here, and their
 * name stops here (RFC 9112 §6.1), so the body would change its meaning.
 */
export function isFramedPlainly (raw: RawHeaders): boolean {
  const codings = listMembers(raw, 'transfer-encoding')
  return codings.length === 0 || (codings.length === 1 && codings[0] === 'chunked')
}

/**
 * The client's header lines that may travel to an instance: hop-by-hop ones are gone, also those that
 * `Connection` names (RFC 9110 §7.6.1), those the gateway writes itself, and every forwarding header, which
 * are lies until the gateway writes its own. `isDropped` sees lower-case names with `_` read as `-`, as
 * CGI-like servers do.
 */
export function requestHeadersToForward (raw: RawHeaders, isDropped: (name: string) => boolean): string[] {
  const named = namedByConnection(raw)
  const kept: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const { lower, dashed, isHopByHop, isRewritten } = headerName(raw[i] as string)
    if (isHopByHop || isRewritten || named.includes(lower) || isDropped(dashed)) continue
    kept.push(raw[i] as string, raw[i + 1] as string)
  }
  return kept
}

/** What the gateway itself says in an answer: CORS headers and the like, lower-case names. */
export type OwnHeaders = Readonly<Record<string, string>>

/** Headers as Fastify and Node collect them, as OwnHeaders. */
export function ownHeaders (collected: Readonly<Record<string, unknown>>): OwnHeaders {
  const own: Record<string, string> = {}
  for (const name in collected) own[name] = String(collected[name])
  return own
}

/**
 * An instance's header lines that may travel to the client, with the gateway's own after them: hop-by-hop
 * lines and every `Access-Control-*` are gone, `Vary` is merged into one line, and an own header replaces
 * the instance's.
 */
export function responseHeadersToForward (raw: RawHeaders, own: OwnHeaders): string[] {
  const named = namedByConnection(raw)
  const kept: string[] = []
  const vary: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const { lower, isHopByHop, isCors } = headerName(raw[i] as string)
    if (lower === 'vary') vary.push(raw[i + 1] as string)
    if (lower === 'vary' || isHopByHop || isCors) continue
    if (named.includes(lower) || Object.hasOwn(own, lower)) continue
    kept.push(raw[i] as string, raw[i + 1] as string)
  }
  for (const name in own) {
    if (name !== 'vary') kept.push(name, own[name] as string)
  }
  const merged = mergeVary(own['vary'], vary)
  if (merged !== '') kept.push('vary', merged)
  return kept
}
