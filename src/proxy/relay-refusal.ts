import type { IncomingMessage, ServerResponse } from 'node:http'

/** What an instance says instead of a 101 is a page about an error; whoever sends more of it streams. */
const MAX_BODY_BYTES = 4 * 1_048_576

/** How an answer is relayed. */
export interface RelayOptions {
  /** Header lines as `writeHead` takes them. */
  readonly headers: string[]
  /** From the head to the last byte that the client takes. */
  readonly withinMs: number
  /** Called once, when nothing more of it is passed on. */
  readonly onEnd: () => void
}

/**
 * Passes an instance's refusal of an upgrade on as it is, body included. It is bounded in all, in time and in
 * bytes (4 MiB), because nothing else of an upgrade that became no tunnel is: past a bound it is cut, which
 * does not look like an end.
 * @returns cuts it from outside
 */
export function relayRefusal (
  answer: IncomingMessage, response: ServerResponse, { headers, withinMs, onEnd }: RelayOptions
): () => void {
  let over = false
  let bytes = 0
  const end = () => {
    over = true
    clearTimeout(timer)
    onEnd()
  }
  const cut = () => {
    if (over) return
    response.off('finish', end)
    answer.destroy()
    response.destroy()
    end()
  }
  const timer = setTimeout(cut, withinMs)
  response.writeHead(answer.statusCode as number, headers)
  response.flushHeaders() // else it would wait for the body's first chunk
  response.once('finish', end)
  response.once('close', cut)
  answer.on('error', () => {})
  answer.once('close', () => {
    if (!answer.complete) cut() // a clean end would make it look whole
  })
  answer.pipe(response)
  answer.on('data', (chunk: Buffer) => { // after the pipe's own listener: no write follows the cut
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) cut()
  })
  return cut
}
