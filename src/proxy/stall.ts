import type { ServerResponse } from 'node:http'

/**
 * Bounds how long a client may leave an answer in our buffer: when nothing of it could be handed on for
 * `stallMs`, the response is destroyed, its connection with it.
 * @returns to be called whenever bytes wait: the clock runs from the first call until the buffer is empty
 */
export function boundStall (response: ServerResponse, stallMs: number): () => void {
  let timer: NodeJS.Timeout | undefined
  const clear = () => {
    clearTimeout(timer)
    timer = undefined
  }
  response.on('drain', clear).once('finish', clear).once('close', clear)
  return () => { timer ??= setTimeout(() => response.destroy(), stallMs) }
}
