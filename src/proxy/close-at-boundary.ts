import type { Socket } from 'node:net'
import { closeFrame, type FrameTracker } from '../http/frame-boundary.js'

/** RFC 6455 §7.4.1: 1008 is for a policy that is violated. */
const CLOSE = closeFrame(1008, 'origin no longer allowed')

/** What a tunnel that can be revoked has to know. */
export interface Revocable {
  /** Has seen what was already written to the client after the 101. */
  readonly frames: FrameTracker
  /** From being told until both sockets are closed, at the latest. */
  readonly withinMs: number
}

/** Told how a client's side ends. */
export interface BoundaryCloseEvents {
  /** The Close and the FIN are written. */
  onBoundary: () => void
  /** The time is over; nothing was closed, or not all. */
  onLate: () => void
}

/**
 * Ends what a client gets with a Close 1008 and a FIN, at a boundary of the instance's frames: nothing but
 * whole frames stands before it. When the instance has closed already, or its bytes are no frames, the FIN
 * comes alone. From then on the client's socket is not writable.
 */
export class BoundaryClose {
  readonly #client: Socket
  readonly #frames: FrameTracker
  readonly #withinMs: number
  readonly #events: BoundaryCloseEvents
  #waiting = false
  #deadline: NodeJS.Timeout | undefined

  constructor (client: Socket, { frames, withinMs }: Revocable, events: BoundaryCloseEvents) {
    this.#client = client
    this.#frames = frames
    this.#withinMs = withinMs
    this.#events = events
  }

  /** To be called with each chunk for the client, before it is written: the first `size` of these bytes. */
  follow (bytes: Buffer, size: number): void {
    if (!this.#waiting) {
      this.#frames.pass(bytes, size)
      return
    }
    const taken = this.#frames.passToBoundary(bytes, size)
    // The buffer is not ours to keep.
    const client = this.#client
    if (taken !== undefined && client.writable) client.write(Buffer.from(bytes.subarray(0, taken)))
    this.#closeUnlessInside()
  }

  /** Ends the client's side now, or where the frame under way ends. Further calls do nothing. */
  close (): void {
    if (this.#deadline !== undefined) return
    this.#deadline = setTimeout(() => this.#events.onLate(), this.#withinMs)
    this.#closeUnlessInside()
  }

  /** To be called when both sides are closed: nothing is late any more. */
  stop (): void {
    clearTimeout(this.#deadline)
  }

  #closeUnlessInside (): void {
    this.#waiting = this.#frames.state === 'inside'
    if (this.#waiting) return
    if (this.#frames.state === 'boundary' && this.#client.writable) this.#client.write(CLOSE)
    this.#client.end()
    this.#events.onBoundary()
  }
}
