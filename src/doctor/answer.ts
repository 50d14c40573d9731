import type { IncomingMessage } from 'node:http'

/** An answer as far as it was read. */
export interface Answer {
  readonly kind: 'answer'
  readonly status: number
  /** Names and values in turn, every line by itself. */
  readonly rawHeaders: readonly string[]
  /** At most 64 KiB, as UTF-8. */
  readonly body: string
  /**
   * `enough`: what was waited for came. `limit`: the body is longer. `time-out`: it did not end in time.
   * `broken`: it broke off. `left`: the client left, as a closed page would.
   */
  readonly ended: 'complete' | 'enough' | 'limit' | 'time-out' | 'broken' | 'left'
}

/**
 * No answer: `code` is Node's (`ECONNREFUSED`, `CERT_HAS_EXPIRED`, `HPE_…`), or `TIMEOUT`, or `LEFT` when the
 * client left first, or `INVALID_HANDSHAKE` for a 101 that is none.
 */
export interface Failure { readonly kind: 'failure', readonly code: string }

/** Whether what came so far is all that is wanted. Asked at most once a turn of the event loop. */
export type Until = (body: string, rawHeaders: readonly string[]) => boolean

const MAX_BODY_BYTES = 64 * 1024

/**
 * Reads the body, bounded, and settles once: at its end, its bound, or when `until` holds. The connection has
 * ended by then. A peer may send a chunk for each byte, thousands in one read: each costs but its copy.
 * @returns settles at once, with what is there
 */
export function readAnswer (
  response: IncomingMessage, until: Until | undefined, settle: (answer: Answer) => void
): (ended: Answer['ended']) => void {
  /* c8 ignore next -- an answer that a client has read has a status */
  const { statusCode: status = 0, rawHeaders } = response
  const bytes = Buffer.allocUnsafe(MAX_BODY_BYTES)
  let size = 0
  let isDone = false
  let look: NodeJS.Immediate | undefined
  const body = () => bytes.toString('utf8', 0, size)
  const done = (ended: Answer['ended']) => {
    if (isDone) return
    isDone = true
    clearImmediate(look)
    response.off('data', take).off('end', complete).off('error', breakOff)
    // One that is destroyed may still tell so.
    response.on('error', () => {}).destroy()
    settle({ kind: 'answer', status, rawHeaders, body: body(), ended })
  }
  const take = (chunk: Buffer) => {
    const taken = chunk.copy(bytes, size)
    size += taken
    if (taken < chunk.length) return done('limit')
    if (until !== undefined) look ??= setImmediate(lookAt, until)
  }
  const lookAt = (isEnough: Until) => {
    look = undefined
    if (isEnough(body(), rawHeaders)) done('enough')
  }
  const complete = () => done('complete')
  const breakOff = () => done('broken')
  response.on('data', take).on('end', complete).on('error', breakOff)
  return done
}
