import type { ServerResponse } from 'node:http'
import type { OwnHeaders } from '../http/headers.js'
import type { ResponsePart } from '../http/response-reader.js'
import type { Refusal } from './ordinary-answer.js'

/** How an answer is relayed. */
export interface RelayOptions {
  /** What the gateway itself says. */
  readonly own: OwnHeaders
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
  { head, first, answer }: Refusal, response: ServerResponse, { own, withinMs, onEnd }: RelayOptions
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
    answer.close()
    response.destroy()
    end()
  }
  const pass = ({ body, ended }: ResponsePart) => {
    // A copy, as the memory is read into again before the client has taken it.
    if (body.length > 0 && !response.write(Buffer.concat(body))) answer.pause()
    if (ended) response.end()
  }
  const timer = setTimeout(cut, withinMs)
  response.writeHead(head.status, head.reason, head.linesWith(own) as string[]) // it is only read
  response.flushHeaders() // else it would wait for the body's first chunk
  response.once('finish', end)
  response.once('close', cut)
  response.on('drain', () => answer.resume())
  answer.taker = { onPart: pass, onError: cut } // a clean end would make it look whole
  pass(first)
  return cut
}
