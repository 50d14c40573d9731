import { MAX_HEAD_BYTES } from './headers.js'

/** The head of a 1xx answer; `rawHeaders` as Node gives them. */
export interface InformationalHead {
  readonly status: number
  readonly rawHeaders: string[]
  /** How many of the bytes belong to it. */
  readonly size: number
}

/**
 * What a server's first bytes are: `informational`: a whole 1xx head; `other`: no 1xx answer of HTTP/1.1;
 * `partial`: it may become one; `fault`: it began as one and breaks the grammar.
 */
export type AnswerStart =
  | { readonly kind: 'informational', readonly head: InformationalHead }
  | { readonly kind: 'other' }
  | { readonly kind: 'partial' }
  | { readonly kind: 'fault', readonly message: string }

const PREFIX = 'HTTP/1.1 1'
const STATUS_LINE = /^HTTP\/1\.1 (1\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

const [OTHER, PARTIAL] = [{ kind: 'other' }, { kind: 'partial' }] as const

/**
 * Reads a 1xx head (RFC 9112 §4, §5), at most 16 KiB of it. Strict, because what follows a 101 is not HTTP
 * any more: where its head ends must be beyond doubt. Lines end in CR LF, names are tokens with their colon
 * right behind them, nothing is folded, and no control character stands anywhere.
 * @param bytes all that came so far, as latin1
 */
export function readAnswerStart (bytes: string): AnswerStart {
  if (!bytes.startsWith(PREFIX)) return PREFIX.startsWith(bytes) ? PARTIAL : OTHER
  const end = bytes.indexOf('\r\n\r\n')
  const size = end + 4
  if (end === -1 ? bytes.length >= MAX_HEAD_BYTES : size > MAX_HEAD_BYTES) return fault('its head is over 16 KiB')
  if (end === -1) return PARTIAL
  const lines = bytes.slice(0, end).split('\r\n')
  const status = STATUS_LINE.exec(lines[0] as string)
  if (status === null) return fault('its status line is malformed')
  const rawHeaders: string[] = []
  for (let i = 1; i < lines.length; i++) {
    if (!readLine(lines[i] as string, rawHeaders)) return fault('a header line is malformed')
  }
  return { kind: 'informational', head: { status: Number(status[1]), rawHeaders, size } }
}

/** Adds name and value; false when the line is none (RFC 9112 §5). */
function readLine (line: string, rawHeaders: string[]): boolean {
  const colon = line.indexOf(':')
  const name = line.slice(0, colon)
  const value = trimmed(line, colon + 1)
  if (colon === -1 || !NAME.test(name) || !VALUE.test(value)) return false
  rawHeaders.push(name, value)
  return true
}

/** What stands from there on, without blanks and tabs around it: `trim` would take more away. */
function trimmed (line: string, from: number): string {
  let [start, end] = [from, line.length]
  while (start < end && isBlank(line, start)) start++
  while (end > start && isBlank(line, end - 1)) end--
  return line.slice(start, end)
}

function isBlank (line: string, at: number): boolean {
  const code = line.charCodeAt(at)
  return code === 0x20 || code === 0x09
}

function fault (message: string): AnswerStart {
  return { kind: 'fault', message }
}
