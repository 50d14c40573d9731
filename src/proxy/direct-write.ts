import type { Socket } from 'node:net'

const kWriter = Symbol('direct writer')
type Written = Socket & { [kWriter]?: DirectWriter, readonly encrypted?: boolean }

/** Bytes that were written to a socket and that the kernel has not taken yet. */
export function waitingBytes (socket: Socket): number {
  return socket.writableLength + ((socket as Written)[kWriter]?.inFlight ?? 0)
}

/**
 * Writes short texts to a socket. As long as nothing waits, they go straight to the connection: the queue of
 * the stream before it, and its bookkeeping, are a tenth of what a message costs. `_write` is what that queue
 * calls itself, for one text at a time; order is kept, as the loop (libuv) has a queue of its own behind it.
 */
export class DirectWriter {
  readonly #socket: Socket
  readonly #onRoom: () => void
  /** TLS takes nothing at once. */
  readonly #isPlain: boolean
  #isWriting = false
  /** Bytes of the text that the kernel did not take at once, or not all of it. */
  inFlight = 0

  /** @param onRoom called when a text for which `write` returned false has gone, unless `drain` will tell */
  constructor (socket: Socket, onRoom: () => void) {
    this.#socket = socket
    this.#onRoom = onRoom
    this.#isPlain = (socket as Written).encrypted !== true
    ;(socket as Written)[kWriter] = this
  }

  /**
   * @param text latin1
   * @returns false when the next one had better wait
   */
  write (text: string): boolean {
    const socket = this.#socket
    if (!this.#isPlain || this.inFlight > 0 || socket.writableLength > 0) return socket.write(text, 'latin1')
    this.inFlight = text.length
    this.#isWriting = true
    socket._write(text, 'latin1', this.#onWritten)
    this.#isWriting = false
    return this.inFlight === 0
  }

  readonly #onWritten = (error?: Error | null) => {
    this.inFlight = 0
    if (error instanceof Error) this.#socket.destroy(error)
    else if (!this.#isWriting) this.#onRoom()
  }
}
