import type { Socket } from 'node:net'

/** Who ended a tunnel first. */
export type TunnelEnd = 'client' | 'instance' | 'idle' | 'shutdown'

/** How two sockets are joined. */
export interface TunnelOptions {
  /** Neither side sent a byte for this long: both are closed. */
  readonly idleTimeoutMs: number
  /**
   * Once one side has ended, the other has this long without progress to take its last bytes and end, too:
   * 10 s when left out.
   */
  readonly lingerMs?: number
  /** Called once, after both sockets are closed. */
  readonly onEnd: (by: TunnelEnd) => void
}

const LINGER_MS = 10_000

/**
 * Joins two upgraded sockets until both are closed. Bytes are passed on as they come; a side that stops
 * reading stops the other, so at most one write buffer each way is held. An end (FIN) travels after the last
 * bytes.
 * @returns ends the tunnel from outside: written bytes are flushed first
 */
export function joinSockets (
  client: Socket, instance: Socket, { idleTimeoutMs, lingerMs = LINGER_MS, onEnd }: TunnelOptions
): (by: TunnelEnd) => void {
  let ended: TunnelEnd | undefined
  let open = 2
  const note = (by: TunnelEnd) => {
    if (ended !== undefined) return
    ended = by
    client.setTimeout(lingerMs)
    instance.setTimeout(lingerMs)
  }
  const onTimeout = () => {
    note('idle')
    client.destroy()
    instance.destroy()
  }
  const onClose = (by: TunnelEnd) => {
    note(by)
    open -= 1
    if (open === 0) onEnd(ended as TunnelEnd)
  }
  instance.allowHalfOpen = true // else its end would drop what the client has sent before it knew
  pump(client, instance, { lingerMs, onEnd: () => note('client') })
  pump(instance, client, { lingerMs, onEnd: () => note('instance') })
  client.once('close', () => onClose('client')).on('timeout', onTimeout)
  instance.once('close', () => onClose('instance')).on('timeout', onTimeout)
  // The client's socket sees the bytes of both directions, so its clock serves for both.
  client.setTimeout(idleTimeoutMs)
  return by => {
    note(by)
    client.destroySoon()
    instance.destroySoon()
  }
}

function pump (
  from: Socket, to: Socket, { lingerMs, onEnd }: { lingerMs: number, onEnd: () => void }
): void {
  from.on('data', chunk => {
    // After the other side's end there is nobody left to read this; it is drained so that `end` can be seen.
    if (to.writable && !to.write(chunk)) from.pause()
  })
  to.on('drain', () => from.resume())
  to.once('close', () => from.resume()) // its drain will not come
  from.once('end', () => {
    onEnd()
    to.end()
  })
  from.once('close', () => {
    if (from.readableEnded) takeLeave(to, lingerMs)
    else to.destroySoon()
  })
  from.resume()
}

/**
 * For a socket whose peer was told the end: it may still read, and send what nobody wants. It is read on, as
 * closing over unread bytes makes TCP reset the connection and the last bytes with it; `lingerMs` at most.
 */
function takeLeave (socket: Socket, lingerMs: number): void {
  if (socket.destroyed) return
  const timer = setTimeout(() => socket.destroySoon(), lingerMs)
  socket.once('close', () => clearTimeout(timer))
}
