import { Parser } from '@stomp/stompjs'
import { decodeFrame } from './stomp-frame.js'
import type { StompFrame } from './stomp-frame.js'

/** What bytes brought: whole frames, heart-beats, or something after which nothing can be trusted. */
export type Incoming =
  | { type: 'frame', frame: StompFrame }
  | { type: 'heart-beat' }
  | { type: 'malformed', reason: string }

const NUL = 0
const LF = 10
const CR = 13
const COLON = 58

/** Watches the command and headers of one frame go by and returns what is wrong with them: after a line
 *  without a colon, or a NUL among them, the parser would wait on and take the next frames for a header. */
function createHeadGuard (): (byte: number) => string | undefined {
  let line = 0
  let lineBytes = 0
  let name: 'empty' | 'open' | 'closed' = 'empty'
  let isInBody = false

  return byte => {
    if (isInBody || byte === CR) return undefined
    if (byte === NUL) return line + lineBytes === 0 ? undefined : 'a frame ends within its headers'
    if (byte !== LF) {
      lineBytes += 1
      if (name === 'empty' && byte === COLON && line > 0) return 'a header has no name'
      if (name !== 'closed') name = byte === COLON ? 'closed' : 'open'
      return undefined
    }
    if (line > 0 && lineBytes > 0 && name !== 'closed') return 'a header line has no colon'
    isInBody = line > 0 && lineBytes === 0
    line += 1
    lineBytes = 0
    name = 'empty'
  }
}

/** A function that takes the bytes of one connection, cut anywhere, and yields what they bring, in order.
 *  No frame may be longer than `maxFrameBytes`: an endless one is given up at that length, not kept; that
 *  ends the parser's wait for a `content-length` that is no number, too. After `malformed` read no further:
 *  where the next frame starts is unknown. Source: STOMP 1.2 "STOMP Frames". */
export function createFrameReader (
  maxFrameBytes: number
): (chunk: string | Uint8Array) => Generator<Incoming> {
  const single = new Uint8Array(1)
  let arrived: Incoming | undefined
  let lastByte = NUL
  let frameBytes = 0
  let guard = createHeadGuard()

  const parser = new Parser(
    raw => {
      const length = raw.headers.find(([name]) => name === 'content-length')?.[1] ?? '0'
      const frame = decodeFrame(raw)
      if (!/^\d+$/.test(length)) arrived = { type: 'malformed', reason: 'content-length is not a number' }
      else if (lastByte !== NUL) arrived = { type: 'malformed', reason: 'a body is longer than its content-length' }
      else if (typeof frame === 'string') arrived = { type: 'malformed', reason: frame }
      else arrived = { type: 'frame', frame }
    },
    () => { arrived = { type: 'heart-beat' } })

  return function * read (chunk) {
    for (const byte of typeof chunk === 'string' ? Buffer.from(chunk) : chunk) {
      const reason = guard(byte)
      if (reason !== undefined) return yield { type: 'malformed', reason }
      if (++frameBytes > maxFrameBytes) {
        return yield { type: 'malformed', reason: `a frame is longer than ${maxFrameBytes} bytes` }
      }
      lastByte = single[0] = byte // one by one: the parser tells neither what it holds nor what ended a frame
      parser.parseChunk(single.buffer)
      if (arrived === undefined) continue
      const item = arrived
      arrived = undefined
      frameBytes = 0
      guard = createHeadGuard()
      yield item
    }
  }
}
