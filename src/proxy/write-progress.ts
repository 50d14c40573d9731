import type { Socket } from 'node:net'
import { waitingBytes } from './direct-write.js'

/** How often a reader that takes nothing is looked at. */
const LOOK_MS = 500

/** Bytes that have left this process; it never shrinks. */
function sentBytes (socket: Socket): number {
  return socket.bytesWritten - waitingBytes(socket)
}

/**
 * For two joined sockets of which one has ended: closes both once no byte that waited for one of them was
 * sent for `ms`. Only the backlog counts. A socket's own time-out would not do: Node restarts it for every
 * byte that comes in, so a peer that trickles would never be closed.
 * @returns stops it; called when both are closed
 */
export function linger (sockets: readonly [Socket, Socket], ms: number): () => void {
  const [one, other] = sockets
  let sent = sentBytes(one) + sentBytes(other)
  let waited = waitingBytes(one) + waitingBytes(other) > 0
  const timer = setInterval(() => {
    const sentNow = sentBytes(one) + sentBytes(other)
    const waits = waitingBytes(one) + waitingBytes(other) > 0
    // When the last of a backlog has just gone to the kernel, its reader gets one round more to take it.
    const progress = sentNow > sent && (waits || waited)
    ;[waited, sent] = [waits, sentNow]
    if (progress) return
    one.destroy()
    other.destroy()
  }, ms)
  return () => clearInterval(timer)
}

/** Told of a reader for which bytes wait. */
export interface ReaderEvents {
  /** It was looked at, and may take its time. */
  readonly onLook: () => void
  readonly onStall: () => void
}

/**
 * For a writer that is paused until its reader takes bytes: `onStall` is called when none was taken for `ms`.
 * A slow reader is not stalled as long as it makes room in `ms` for the kernel to take more; Linux says so
 * once a third of its send buffer is free. Meanwhile the writer is not read, so the kernel would not say that
 * it was reset: an empty write asks, and fails on such a socket as any other would.
 * @returns stops it; called when the writer goes on, or either is closed
 */
export function watchReader (reader: Socket, writer: Socket, ms: number, events: ReaderEvents): () => void {
  const lookMs = Math.min(LOOK_MS, ms)
  let sent = sentBytes(reader)
  let stillMs = 0
  const timer = setInterval(() => {
    const sentNow = sentBytes(reader)
    stillMs = sentNow > sent ? 0 : stillMs + lookMs
    sent = sentNow
    if (stillMs >= ms) {
      events.onStall()
      return
    }
    events.onLook()
    if (stillMs > 0 && writer.writable) writer.write('')
  }, lookMs)
  return () => clearInterval(timer)
}
