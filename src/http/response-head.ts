import { headerValues, type RawHeaders } from './headers.js'

/** The head of an instance's answer. */
export interface ResponseHead {
  readonly status: number
  /** '' when there is none that could be written. */
  readonly reason: string
  readonly minorVersion: 0 | 1
  readonly headers: RawHeaders
}

/**
 * Where an answer's body ends (RFC 9112 §6.3): it has this many bytes, is `chunked`, or lasts until the
 * connection is `closed`.
 */
export type BodyFraming = number | 'chunked' | 'closed'

/** RFC 9112 §4; a reason may be missing with its space, as many servers send it. */
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: ([^\r\n\0]*))?$/

/** It is for people alone, and nobody knows what octets outside ASCII mean: such a reason is dropped. */
const REASON = /^[\t\x20-\x7e]*$/

/** RFC 9112 §5: no space before the colon; a line that begins with one (obs-fold) is no header line. */
const HEADER_LINE = /([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)\r\n/y

const LENGTH = /^[0-9]{1,15}$/

/**
 * Reads the head of an answer, strictly: what two readers could understand differently is none.
 * @param text latin1, from the status line up to and with the CR LF of the last header line, without the
 *   empty line
 * @returns undefined when it is no head of HTTP/1.x
 */
export function readResponseHead (text: string): ResponseHead | undefined {
  const lineEnd = text.indexOf('\r\n')
  const line = STATUS_LINE.exec(text.slice(0, lineEnd))
  if (line === null) return undefined
  const headers: string[] = []
  HEADER_LINE.lastIndex = lineEnd + 2
  while (HEADER_LINE.lastIndex < text.length) {
    const found = HEADER_LINE.exec(text)
    if (found === null) return undefined
    headers.push(found[1] as string, withoutBlanks(found[2] as string))
  }
  const reason = REASON.test(line[3] ?? '') ? line[3] ?? '' : ''
  return { status: Number(line[2]), reason, minorVersion: line[1] === '1' ? 1 : 0, headers }
}

/**
 * How the body after a head is framed; undefined when readers could disagree on it: a transfer coding that is
 * not just `chunked`, in HTTP/1.0, or beside Content-Length, and a Content-Length that is no single number.
 * @param hasNoBody the request was HEAD
 */
export function framingOf (
  { status, minorVersion, headers }: ResponseHead, hasNoBody: boolean
): BodyFraming | undefined {
  const lengths = headerValues(headers, 'content-length')
  const codings = headerValues(headers, 'transfer-encoding')
  const isCoded = codings.length > 0
  // Exactly this one word: to Node `chunked,` is no coding that it knows, and such a body lasts to the end.
  const isChunked = codings.join().toLowerCase() === 'chunked'
  if (isCoded && (!isChunked || minorVersion === 0 || lengths.length > 0)) return undefined
  if (lengths.length > 1 || (lengths.length === 1 && !LENGTH.test(lengths[0] as string))) return undefined
  if (hasNoBody || status === 204 || status === 304) return 0
  if (isCoded) return 'chunked'
  return lengths.length === 1 ? Number(lengths[0]) : 'closed'
}

/** Without the blanks around a value (RFC 9110 §5.5); `trim` would take more than SP and HTAB away. */
function withoutBlanks (text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank (code: number): boolean {
  return code === 0x20 || code === 0x09
}
