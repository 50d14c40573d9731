import type { Socket } from 'node:net'

/** More than this is not read from a client before its tunnel stands: TCP holds the rest back. */
const LIMIT_BYTES = 65_536

/** How often a client that is not read is looked at. */
const LOOK_MS = 500

/** Bytes that a client sends before it knows the answer to its upgrade. */
export interface EarlyBytes {
  /** Stops holding and hands over what came; the socket is paused. */
  readonly take: () => Buffer[]
}

/**
 * Reads a client's socket while its instance is dialled, so that a client that leaves is noticed and what it
 * sends early is kept for the tunnel, up to 64 KiB. None of it reaches an instance unless it is taken. Past
 * that the client is not read, so the kernel would not say that it was reset: an empty write asks, and fails
 * on such a socket as any other would. An end (FIN) behind bytes that are not read stays unseen.
 * @param head what came with the request's head
 */
export function holdEarlyBytes (socket: Socket, head: Buffer): EarlyBytes {
  const held = head.length > 0 ? [head] : []
  let size = head.length
  const onData = (chunk: Buffer) => {
    held.push(chunk)
    size += chunk.length
    if (size < LIMIT_BYTES) return
    socket.pause()
    timer ??= setInterval(() => { if (socket.writable) socket.write('') }, LOOK_MS)
  }
  let timer: NodeJS.Timeout | undefined
  const stopLooking = () => clearInterval(timer)
  const onEnd = () => socket.destroy() // a client that ended before the answer waits for none
  socket.on('data', onData)
  socket.once('end', onEnd)
  socket.once('close', stopLooking)
  return {
    take: () => {
      socket.pause()
      socket.off('data', onData)
      socket.off('end', onEnd)
      socket.off('close', stopLooking)
      stopLooking()
      return held
    }
  }
}
