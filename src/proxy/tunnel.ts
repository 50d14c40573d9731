import type { Socket } from 'node:net'
import { closeAtBoundary, type Revocable } from './close-at-boundary.js'
import { linger, watchReader } from './write-progress.js'

/**
 * Who ended a tunnel first; `stalled`: a side took no bytes while the other had some for it; `revoked`: its
 * origin is no longer allowed.
 */
export type TunnelEnd = 'client' | 'instance' | 'idle' | 'stalled' | 'shutdown' | 'revoked'

/** How two sockets are joined. */
export interface TunnelOptions {
  /** Neither side sent a byte for this long: both are closed. */
  readonly idleTimeoutMs: number
  /**
   * Once one side has ended, the other has this long without progress to take its last bytes and end, too:
   * 10 s when left out.
   */
  readonly lingerMs?: number
  /** A side that stops the other by not reading has this long to take a byte: 60 s when left out. */
  readonly stallMs?: number
  /** Without it, 'revoked' ends the tunnel as any other reason from outside does. */
  readonly revocable?: Revocable
  /** Called once, after both sockets are closed. */
  readonly onEnd: (by: TunnelEnd) => void
}

const LINGER_MS = 10_000
const STALL_MS = 60_000

/**
 * Joins two upgraded sockets until both are closed. Bytes are passed on as they come; a side that stops
 * reading stops the other, so at most one write buffer each way is held. An end (FIN) travels after the last
 * bytes.
 * @returns ends the tunnel from outside: written bytes are flushed first. 'revoked' passes the instance's
 *   bytes on up to the next frame boundary and ends the client's side there with a Close
 */
export function joinSockets (
  client: Socket, instance: Socket,
  { idleTimeoutMs, lingerMs = LINGER_MS, stallMs = STALL_MS, revocable, onEnd }: TunnelOptions
): (by: TunnelEnd) => void {
  let ended: TunnelEnd | undefined
  let open = 2
  let stopLingering: (() => void) | undefined
  const note = (by: TunnelEnd) => {
    ended ??= by
    if (stopLingering !== undefined) return
    client.setTimeout(0)
    stopLingering = linger([client, instance], lingerMs)
  }
  const onClose = (by: TunnelEnd) => {
    note(by)
    open -= 1
    if (open > 0) return
    stopLingering?.()
    revocation?.stop()
    onEnd(ended as TunnelEnd)
  }
  const cut = (by: TunnelEnd) => {
    note(by)
    client.destroy()
    instance.destroy()
  }
  const onStall = () => cut('stalled')
  // Looking at a stalled side restarts the client's idle clock, so the shorter limit holds for it.
  const stall = { stallMs: Math.min(stallMs, idleTimeoutMs), onStall }
  const onClosed = () => {
    note('revoked')
    instance.end()
    // What either still sends is read and dropped: over unread bytes TCP would reset, and lose the Close.
    readInstance()
    readClient()
  }
  const revocation = revocable && closeAtBoundary(client, revocable, { onClosed, onLate: () => cut('revoked') })
  instance.allowHalfOpen = true // else its end would drop what the client has sent before it knew
  const readClient = pump(client, instance, { ...stall, onEnd: () => note('client') })
  const readInstance = pump(instance, client, {
    ...stall, follow: revocation?.follow, onEnd: () => note('instance')
  })
  client.once('close', () => onClose('client'))
  instance.once('close', () => onClose('instance'))
  // The client's socket sees the bytes of both directions, so its clock serves for both.
  client.setTimeout(idleTimeoutMs, () => cut('idle'))
  return by => {
    if (by === 'revoked' && revocation !== undefined) {
      ended ??= by
      if (open > 0) revocation.close()
      return
    }
    note(by)
    client.destroySoon()
    instance.destroySoon()
  }
}

/** One direction, and what ends it. */
interface PumpOptions {
  readonly stallMs: number
  readonly onStall: () => void
  readonly onEnd: () => void
  /** Sees each chunk before it is passed on. */
  readonly follow?: ((chunk: Buffer) => void) | undefined
}

/** @returns reads on, whether or not there was room for what came before */
function pump (from: Socket, to: Socket, { stallMs, onStall, onEnd, follow }: PumpOptions): () => void {
  let stopWatching: (() => void) | undefined
  const resume = () => {
    stopWatching?.()
    from.resume()
  }
  from.on('data', (chunk: Buffer) => {
    follow?.(chunk)
    // After the other side's end there is nobody left to read this; it is drained so that `end` can be seen.
    if (!to.writable || to.write(chunk)) return
    from.pause()
    stopWatching = watchReader(to, from, stallMs, onStall)
  })
  to.on('drain', resume)
  to.once('close', resume) // its drain will not come
  from.once('end', () => {
    onEnd()
    to.end()
  })
  from.once('close', () => {
    stopWatching?.()
    // A peer that was told the end may still read, and send what nobody wants. It is read on until it leaves
    // or the linger is over: closing over unread bytes makes TCP reset the connection, last bytes included.
    if (!from.readableEnded && to.writable) to.destroySoon()
  })
  from.resume()
  return resume
}
