import { MAX_HEAD_BYTES, type RawHeaders } from './headers.js'
import { readResponseHead } from './response-head.js'

/** The head of a 1xx answer; `rawHeaders` as Node gives them. */
export interface InformationalHead {
  readonly status: number
  readonly rawHeaders: RawHeaders
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

const [OTHER, PARTIAL] = [{ kind: 'other' }, { kind: 'partial' }] as const

/**
 * Reads a 1xx head by the grammar of src/http/response-head.ts, at most 16 KiB of it. What follows a 101 is
 * not HTTP any more: where its head ends must be beyond doubt.
 * @param bytes all that came so far, as latin1
 */
export function readAnswerStart (bytes: string): AnswerStart {
  if (!bytes.startsWith(PREFIX)) return PREFIX.startsWith(bytes) ? PARTIAL : OTHER
  const end = bytes.indexOf('\r\n\r\n')
  const size = end + 4
  if (end === -1 ? bytes.length >= MAX_HEAD_BYTES : size > MAX_HEAD_BYTES) return fault('its head is over 16 KiB')
  if (end === -1) return PARTIAL
  const head = readResponseHead(bytes.slice(0, end + 2))
  if (head === undefined) return fault('its head is malformed')
  return { kind: 'informational', head: { status: head.status, rawHeaders: head.headers, size } }
}

function fault (message: string): AnswerStart {
  return { kind: 'fault', message }
}
