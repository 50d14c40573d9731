import type { Socket } from 'node:net'

/** More than this is not read from a client before its tunnel stands: TCP holds the rest back. */
const LIMIT_BYTES = 65_536

/** Bytes that a client sends before it knows the answer to its upgrade. */
export interface EarlyBytes {
  /** Stops holding and hands over what came; the socket is paused. */
  readonly take: () => Buffer[]
}

/**
 * Reads a client's socket while its instance is dialled, so that a client that leaves is noticed and what it
 * sends early is kept for the tunnel, up to 64 KiB. None of it reaches an instance unless it is taken.
 * @param head what came with the request's head
 */
export function holdEarlyBytes (socket: Socket, head: Buffer): EarlyBytes {
  const held = head.length > 0 ? [head] : []
  let size = head.length
  const onData = (chunk: Buffer) => {
    held.push(chunk)
    size += chunk.length
    if (size >= LIMIT_BYTES) socket.pause()
  }
  const onEnd = () => socket.destroy() // a client that ended before the answer waits for none
  socket.on('data', onData)
  socket.once('end', onEnd)
  return {
    take: () => {
      socket.pause()
      socket.off('data', onData)
      socket.off('end', onEnd)
      return held
    }
  }
}
