/** `data`: payload or framing is to come; `ended`: the last chunk and its trailers have passed. */
type ChunkedState = 'data' | 'ended' | 'broken'

const CR = 0x0d
const LF = 0x0a

/** 2^52 bytes: past it numbers are not exact. */
const MAX_SIZE_DIGITS = 13

/** Of one chunk's extensions, and of all trailers: both are thrown away. */
const MAX_IGNORED_BYTES = 16_384

/** What byte of the framing is awaited. */
type Step = 'size' | 'extension' | 'size-lf' | 'payload' | 'payload-cr' | 'payload-lf' |
  'trailer-start' | 'trailer' | 'trailer-lf' | 'end-lf'

/**
 * Takes a chunked body apart (RFC 9112 §7.1), read by read, however it is split. Nothing is copied or kept.
 * Every line must end in CR LF, and extensions and trailers are bounded and dropped.
 */
export class ChunkedReader {
  #step: Step = 'size'
  #digits = 0
  #left = 0
  #ignored = 0
  #state: ChunkedState = 'data'

  /** Where the body stands after the bytes seen so far. */
  get state (): ChunkedState {
    return this.#state
  }

  /**
   * Takes the next bytes; `onPayload` is called with each part of the payload, a view of `bytes`.
   * @returns how many bytes belong to the body; all of them unless it has ended, or they are no chunks
   */
  read (bytes: Buffer, onPayload: (part: Buffer) => void): number {
    let at = 0
    while (at < bytes.length && this.#state === 'data') {
      if (this.#step !== 'payload') {
        this.#take(bytes[at++] as number)
        continue
      }
      const end = Math.min(bytes.length, at + this.#left)
      onPayload(bytes.subarray(at, end))
      this.#left -= end - at
      at = end
      if (this.#left === 0) this.#step = 'payload-cr'
    }
    return at
  }

  /** One byte of the framing. */
  #take (byte: number): void {
    switch (this.#step) {
      case 'size': return this.#takeSize(byte)
      case 'extension': return this.#ignore(byte, 'size-lf')
      case 'size-lf': return this.#expect(byte, LF, this.#left === 0 ? 'trailer-start' : 'payload')
      case 'payload-cr': return this.#expect(byte, CR, 'payload-lf')
      case 'payload-lf': return this.#expect(byte, LF, 'size')
      case 'trailer-start':
        if (byte === CR) this.#step = 'end-lf'
        else this.#ignore(byte, 'trailer-lf', 'trailer')
        return
      case 'trailer': return this.#ignore(byte, 'trailer-lf')
      case 'trailer-lf': return this.#expect(byte, LF, 'trailer-start')
      default:
        this.#expect(byte, LF, 'size')
        if (this.#state === 'data') this.#state = 'ended'
    }
  }

  #takeSize (byte: number): void {
    const digit = hexDigit(byte)
    if (digit !== undefined && this.#digits < MAX_SIZE_DIGITS) {
      this.#left = this.#left * 16 + digit
      this.#digits++
      return
    }
    if (digit !== undefined || this.#digits === 0) this.#state = 'broken'
    else if (byte === CR) this.#step = 'size-lf'
    else if (byte === 0x3b) this.#step = 'extension' // `;`
    else this.#state = 'broken'
    this.#digits = 0
    if (this.#left > 0) this.#ignored = 0
  }

  #expect (byte: number, wanted: number, next: Step): void {
    if (byte === wanted) this.#step = next
    else this.#state = 'broken'
  }

  /** A byte of what is dropped, up to a CR; a bare LF ends a line for some readers only. */
  #ignore (byte: number, atCr: Step, next: Step = this.#step): void {
    this.#step = byte === CR ? atCr : next
    if (byte === LF || ++this.#ignored > MAX_IGNORED_BYTES) this.#state = 'broken'
  }
}

function hexDigit (byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined
}
