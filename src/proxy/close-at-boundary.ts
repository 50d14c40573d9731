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
interface BoundaryCloseEvents {
  /** The Close and the FIN are written. */
  readonly onClosed: () => void
  /** The time is over; nothing was closed, or not all. */
  readonly onLate: () => void
}

/** The end of a client's side of a tunnel that waits for a frame boundary. */
export interface BoundaryClose {
  /** To be called with each chunk for the client, before it is written. */
  readonly follow: (chunk: Buffer) => void
  /** Ends the client's side now, or where the frame under way ends. Further calls do nothing. */
  readonly close: () => void
  /** To be called when both sides are closed: nothing is late any more. */
  readonly stop: () => void
}

/**
 * Ends what a client gets with a Close 1008 and a FIN, at a boundary of the instance's frames: nothing but
 * whole frames stands before it. When the instance has closed already, or its bytes are no frames, the FIN
 * comes alone. From then on the client's socket is not writable.
 */
export function closeAtBoundary (
  client: Socket, { frames, withinMs }: Revocable, { onClosed, onLate }: BoundaryCloseEvents
): BoundaryClose {
  let waiting = false
  let deadline: NodeJS.Timeout | undefined
  const closeUnlessInside = () => {
    waiting = frames.state === 'inside'
    if (waiting) return
    if (frames.state === 'boundary' && client.writable) client.write(CLOSE)
    client.end()
    onClosed()
  }
  return {
    follow: chunk => {
      if (!waiting) {
        frames.pass(chunk)
        return
      }
      const taken = frames.passToBoundary(chunk)
      if (taken !== undefined && client.writable) client.write(chunk.subarray(0, taken))
      closeUnlessInside()
    },
    close: () => {
      if (deadline !== undefined) return
      deadline = setTimeout(onLate, withinMs)
      closeUnlessInside()
    },
    stop: () => clearTimeout(deadline)
  }
}
