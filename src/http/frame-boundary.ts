/**
 * Where a stream of frames stands: `boundary`: the next byte begins a frame; `inside` a frame; `closed`: a
 * whole Close frame has passed, nothing may follow it; `broken`: these bytes are no frames.
 */
export type FrameState = 'boundary' | 'inside' | 'closed' | 'broken'

const CONTROL_BIT = 0x08
const CLOSE = 0x08
const PONG = 0x0a

/**
 * Follows the frames that a server sends (RFC 6455 §5.2), chunk by chunk, however they are split. It reads
 * the heads alone and skips payloads by arithmetic: nothing is copied, kept or allocated. Control frames may
 * stand between the fragments of a message (§5.4), so a frame of ours fits at any boundary. Starts at one.
 */
export class FrameTracker {
  #state: FrameState = 'boundary'
  /** Bytes of the head that were read. */
  #headSeen = 0
  /** Bytes of the head in all; known from its second byte on. */
  #headSize = 2
  #first = 0
  #masked = false
  #length = 0
  /** Bytes of payload, and of the key before it, still to come. */
  #left = 0

  /** Where the stream stands after the bytes seen so far. */
  get state (): FrameState {
    return this.#state
  }

  /** Takes the next bytes of the stream: the first `size` of these. */
  pass (chunk: Uint8Array, size = chunk.length): void {
    for (let at = this.#passWhole(chunk, size); at < size && this.#isOpen();) at = this.#step(chunk, at, size)
  }

  /**
   * Takes the next bytes, the first `size` of these, up to the end of the first frame that ends in them.
   * @returns how many bytes that are; undefined when no frame ends in them, or when they are no frames
   */
  passToBoundary (chunk: Uint8Array, size = chunk.length): number | undefined {
    for (let at = 0; at < size && this.#isOpen();) {
      at = this.#step(chunk, at, size)
      if (this.#state === 'boundary' || this.#state === 'closed') return at
    }
    return undefined
  }

  #isOpen (): boolean {
    return this.#state === 'inside' || this.#state === 'boundary'
  }

  /**
   * The short way for what most chunks are: data frames without a mask, of less than 126 bytes, whole.
   * @returns where the first byte stands that needs the long way
   */
  #passWhole (chunk: Uint8Array, size: number): number {
    let at = 0
    if (this.#state !== 'boundary') return at
    while (at + 1 < size) {
      const length = chunk[at + 1] as number
      const end = at + 2 + length
      if (length > 125 || end > size || ((chunk[at] as number) & 0x0f) > 2) break
      at = end
    }
    return at
  }

  /** Takes one byte of a head, or all there is of a payload; returns where the rest begins. */
  #step (chunk: Uint8Array, at: number, size: number): number {
    if (this.#left === 0) {
      this.#readHead(chunk[at] as number)
      return at + 1
    }
    const taken = Math.min(this.#left, size - at)
    this.#left -= taken
    if (this.#left === 0) this.#endFrame()
    return at + taken
  }

  #readHead (byte: number): void {
    this.#state = 'inside'
    const position = this.#headSeen++
    if (position === 0) this.#first = byte
    else if (position === 1) this.#readSize(byte)
    else this.#length = this.#length * 256 + byte
    if (this.#isForbidden(position, byte)) this.#state = 'broken'
    else if (this.#headSeen === this.#headSize) this.#endHead()
  }

  #readSize (byte: number): void {
    this.#masked = byte >= 0x80
    const size = byte & 0x7f
    this.#length = size < 126 ? size : 0
    if (size === 126) this.#headSize = 4
    else if (size === 127) this.#headSize = 10
  }

  /** §5.2: opcodes in reserve, a length over 63 bits. §5.5: control frames are whole and short. */
  #isForbidden (position: number, byte: number): boolean {
    const opcode = this.#first & 0x0f
    const isControl = opcode >= CONTROL_BIT
    if (position === 0) return opcode > PONG || (opcode > 2 && !isControl) || (isControl && byte < 0x80)
    if (position === 1) return isControl && (byte & 0x7f) > 125
    return position === 2 && this.#headSize === 10 && byte >= 0x80
  }

  #endHead (): void {
    this.#headSeen = 0
    this.#headSize = 2
    // Past 2^53 the count is not exact; no stream gets there.
    this.#left = this.#length + (this.#masked ? 4 : 0)
    if (this.#left === 0) this.#endFrame()
  }

  #endFrame (): void {
    this.#state = (this.#first & 0x0f) === CLOSE ? 'closed' : 'boundary'
  }
}

/**
 * A server's Close frame (RFC 6455 §5.5.1), unmasked.
 * @param reason at most 123 bytes of UTF-8
 */
export function closeFrame (code: number, reason: string): Buffer {
  const text = Buffer.from(reason)
  const frame = Buffer.alloc(4 + text.length)
  frame.writeUInt8(0x80 | CLOSE, 0)
  frame.writeUInt8(2 + text.length, 1)
  frame.writeUInt16BE(code, 2)
  text.copy(frame, 4)
  return frame
}
