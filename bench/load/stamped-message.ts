/** The first byte of a whole binary message (RFC 6455 §5.2): the times in it are no text. */
const FIN_BINARY = 0x82

/** Bytes of one chat message, and of the frame that carries it from the server. */
const PAYLOAD_BYTES = 100
export const FRAME_BYTES = 2 + PAYLOAD_BYTES

const SEQUENCE_AT = 2
const BROADCAST_AT = 6
const WRITTEN_AT = 14
const FILLER_AT = 22
const FILLER = 0x2e

/** What a chat message of the bench says. Times are `monotonicUs`. */
export interface StampedMessage {
  /** Counts the messages of one tunnel from 0. */
  readonly sequence: number
  /** When the server began to send this message to all of its group. */
  readonly broadcastUs: number
  /** When it wrote it to this client. */
  readonly writtenUs: number
}

/** CLOCK_MONOTONIC in µs: the same clock in every process of a machine. */
export function monotonicUs (): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e6 + nanoseconds / 1e3
}

/** Room for `count` frames in a row, all but sequence and times filled in. */
export function blankFrames (count: number): Buffer {
  const frames = Buffer.alloc(count * FRAME_BYTES, FILLER)
  for (let at = 0; at < frames.length; at += FRAME_BYTES) {
    frames[at] = FIN_BINARY
    frames[at + 1] = PAYLOAD_BYTES
  }
  return frames
}

/** Fills in the frame that begins at `at`. */
export function stampFrame (frames: Buffer, at: number, message: StampedMessage): void {
  frames.writeUInt32BE(message.sequence, at + SEQUENCE_AT)
  frames.writeDoubleBE(message.broadcastUs, at + BROADCAST_AT)
  frames.writeDoubleBE(message.writtenUs, at + WRITTEN_AT)
}

/** Reads the frame that begins at `at`; every byte of it counts. Undefined when one is not as it was sent. */
export function readStamped (bytes: Buffer, at: number): StampedMessage | undefined {
  if (bytes[at] !== FIN_BINARY || bytes[at + 1] !== PAYLOAD_BYTES) return undefined
  for (let i = at + FILLER_AT; i < at + FRAME_BYTES; i++) if (bytes[i] !== FILLER) return undefined
  return {
    sequence: bytes.readUInt32BE(at + SEQUENCE_AT),
    broadcastUs: bytes.readDoubleBE(at + BROADCAST_AT),
    writtenUs: bytes.readDoubleBE(at + WRITTEN_AT)
  }
}
