import { headerName } from './header-name.js'
import type { RawHeaders } from './headers.js'

/** RFC 9110 §5.5. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** RFC 9112 §3.2: what would end the target, or the line, early. */
const TARGET = /^[\x21-\x7e\x80-\xff]+$/

/** A request as it is to be written. */
export interface OutgoingHead {
  readonly method: string
  readonly target: string
  /** Host and perhaps port of the instance. */
  readonly authority: string
  /** Without Host, Connection and framing. */
  readonly headers: RawHeaders
  /** How its body is framed: `none`, `chunked`, or a Content-Length. */
  readonly body: string
  /** What becomes of the connection: kept for another request, closed, or switched to WebSocket. */
  readonly then: 'keep' | 'close' | 'switch'
}

const CONNECTION = {
  keep: 'Connection: keep-alive\r\n',
  close: 'Connection: close\r\n',
  switch: 'Connection: Upgrade\r\nUpgrade: websocket\r\n' // RFC 6455 §4.1
}

/**
 * The head of a request (RFC 9112 §3) in latin1, with the empty line.
 * @throws TypeError when a part of it would break out of its place; the parser and the guard let none through
 */
export function writeRequestHead ({ method, target, authority, headers, body, then }: OutgoingHead): string {
  if (!TARGET.test(target)) throw new TypeError('the target cannot be written')
  let head = `${method} ${target} HTTP/1.1\r\nHost: ${authority}\r\n${CONNECTION[then]}`
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    const value = headers[i + 1] as string
    if (!headerName(name).isToken || !VALUE.test(value)) throw new TypeError('a header line cannot be written')
    head += `${name}: ${value}\r\n`
  }
  if (body === 'chunked') head += 'Transfer-Encoding: chunked\r\n'
  else if (body !== 'none') head += `Content-Length: ${body}\r\n`
  return head + '\r\n'
}
