import type { IncomingMessage, ServerResponse } from 'node:http'

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
 * Passes an instance's refusal of an upgrade on as it is, body included, at the pace of its reader. It is
 * bounded in time as a whole, because nothing else bounds an upgrade that became no tunnel: past that it is
 * cut, which does not look like an end.
 * @returns cuts it from outside
 */
export function relayRefusal (
  answer: IncomingMessage, response: ServerResponse, { headers, withinMs, onEnd }: RelayOptions
): () => void {
  let over = false
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
  return cut
}
