import { randomBytes } from 'node:crypto'

/** What one frame is made of; left out: a whole, empty text message without a mask. */
interface FrameParts {
  opcode?: number
  payload?: Buffer
  fin?: boolean
  mask?: boolean
  rsv1?: boolean
}

/** One frame by the layout of RFC 6455 §5.2; a masked one has a key, and a payload that could be masked. */
export function frame (parts: FrameParts): Buffer {
  const { opcode = 1, payload = Buffer.alloc(0), fin = true, mask = false, rsv1 = false } = parts
  const size = payload.length
  const head = Buffer.alloc(size > 65_535 ? 10 : size > 125 ? 4 : 2)
  head[0] = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode
  head[1] = (mask ? 0x80 : 0) | (size > 65_535 ? 127 : size > 125 ? 126 : size)
  if (size > 65_535) head.writeBigUInt64BE(BigInt(size), 2)
  else if (size > 125) head.writeUInt16BE(size, 2)
  return Buffer.concat([head, randomBytes(mask ? 4 : 0), payload])
}
