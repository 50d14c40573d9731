/** Opcodes of RFC 6455 §5.2 that the benchmark speaks. */
export const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 } as const

/** No frame of the benchmark is longer: what claims to be is damage. */
const MAX_PAYLOAD_BYTES = 65_535
const KEY_BYTES = 4

/** One whole frame. A client's frame needs a `key` of four bytes (RFC 6455 §5.3), a server's has none. */
export function encodeFrame (opcode: number, payload: Uint8Array, key?: Uint8Array): Buffer {
  const extended = payload.length > 125
  const offset = (extended ? 4 : 2) + (key === undefined ? 0 : KEY_BYTES)
  const frame = Buffer.allocUnsafe(offset + payload.length)
  frame[0] = 0x80 | opcode
  frame[1] = (key === undefined ? 0 : 0x80) | (extended ? 126 : payload.length)
  if (extended) frame.writeUInt16BE(payload.length, 2)
  frame.set(payload, offset)
  if (key !== undefined) {
    frame.set(key, offset - KEY_BYTES)
    applyKey(frame.subarray(offset), key)
  }
  return frame
}

/**
 * A function that takes the bytes of one connection, cut anywhere, and calls `onFrame` once for each
 * whole frame, in order, with its payload unmasked; the payload is valid during the call only.
 * @throws Error on what no side of the benchmark sends: a fragment, a reserved bit, a payload above
 * 65,535 bytes, or a mask where `masked` wants none, or the other way round
 */
export function createFrameReader (
  masked: boolean, onFrame: (opcode: number, payload: Buffer) => void
): (chunk: Buffer) => void {
  let rest: Buffer | undefined
  return chunk => {
    let bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk])
    for (let size = frameBytes(bytes, masked); size <= bytes.length; size = frameBytes(bytes, masked)) {
      onFrame((bytes[0] as number) & 0x0f, payloadOf(bytes.subarray(0, size), masked))
      bytes = bytes.subarray(size)
    }
    rest = bytes.length === 0 ? undefined : bytes
  }
}

/** The size of the frame that starts here; Infinity as long as its head is not whole. */
function frameBytes (bytes: Buffer, masked: boolean): number {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return Infinity
  if ((first & 0xf0) !== 0x80) throw new Error(`a frame starts with 0x${first.toString(16)}`)
  if (masked !== (second >= 0x80)) throw new Error(masked ? 'a frame has no mask' : 'a frame has a mask')
  const keyBytes = masked ? KEY_BYTES : 0
  const length = second & 0x7f
  if (length < 126) return 2 + keyBytes + length
  if (length === 127) throw new Error(`a frame is longer than ${MAX_PAYLOAD_BYTES} bytes`)
  return bytes.length < 4 ? Infinity : 4 + keyBytes + bytes.readUInt16BE(2)
}

function payloadOf (frame: Buffer, masked: boolean): Buffer {
  const offset = ((frame[1] as number) & 0x7f) === 126 ? 4 : 2
  if (!masked) return frame.subarray(offset)
  const payload = frame.subarray(offset + KEY_BYTES)
  applyKey(payload, frame.subarray(offset, offset + KEY_BYTES))
  return payload
}

function applyKey (payload: Uint8Array, key: Uint8Array): void {
  for (let at = 0; at < payload.length; at += 1) {
    payload[at] = (payload[at] as number) ^ (key[at & 3] as number)
  }
}
