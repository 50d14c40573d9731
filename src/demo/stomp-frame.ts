import type { IRawFrameType } from '@stomp/stompjs'

/** One STOMP frame, decoded: header names and values are unescaped, of repeated headers the first counts. */
export interface StompFrame {
  command: string
  headers: ReadonlyMap<string, string>
  body: string
}

const ESCAPES: Readonly<Record<string, string>> = { '\\r': '\r', '\\n': '\n', '\\c': ':', '\\\\': '\\' }
const ESCAPED: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n', ':': '\\c', '\\': '\\\\' }

/** STOMP 1.2 "Value Encoding": handshake frames are exempt, so that 1.0 peers can read them. */
const isUnescaped = (command: string): boolean => ['CONNECT', 'STOMP', 'CONNECTED'].includes(command)

/** In one pass: the several of `FrameImpl.fromRawFrame` read an escaped backslash and an n as a line feed. */
function unescapeHeader (text: string): string | undefined {
  let isValid = true
  const plain = text.replace(/\\[^]?/g, escape => {
    const character = ESCAPES[escape]
    if (character === undefined) isValid = false // "MUST be treated as a fatal protocol error"
    return character ?? ''
  })
  return isValid ? plain : undefined
}

const escapeHeader = (text: string): string =>
  text.replace(/[\r\n:\\]/g, character => `${ESCAPED[character]}`)

/** A frame from the parser's raw one, or what is wrong with it. The parser leaves to us: escapes, which of
 *  repeated headers counts, and whether the body is text, as SockJS carries nothing else. */
export function decodeFrame ({ command, headers, binaryBody }: IRawFrameType): StompFrame | string {
  const decoded = new Map<string, string>()
  const decode = isUnescaped(String(command)) ? (text: string) => text : unescapeHeader
  for (const [rawName, rawValue] of headers) {
    const name = decode(rawName)
    const value = decode(rawValue)
    if (name === undefined || value === undefined) return 'a header holds an unknown escape sequence'
    if (!decoded.has(name)) decoded.set(name, value) // "only the first header entry SHOULD be used"
  }
  try {
    const body = new TextDecoder('utf-8', { fatal: true }).decode(binaryBody)
    return { command: String(command), headers: decoded, body }
  } catch {
    return 'the body is not UTF-8 text'
  }
}

/** The text of one frame, escaped and NUL-terminated; `content-length` is added when there is a body. */
export function encodeFrame (command: string, headers: Iterable<readonly [string, string]>, body = ''): string {
  const encode = isUnescaped(command) ? (text: string) => text : escapeHeader
  const lines = [...headers].map(([name, value]) => `${encode(name)}:${encode(value)}\n`)
  if (body !== '') lines.push(`content-length:${Buffer.byteLength(body)}\n`)
  return `${command}\n${lines.join('')}\n${body}\0`
}
