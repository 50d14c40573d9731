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
  /** ms from asking until what was waited for came; else, until the reading ended. */
  readonly tookMs: number
}

/**
 * No answer: `code` is Node's (`ECONNREFUSED`, `CERT_HAS_EXPIRED`, `HPE_…`), or `TIMEOUT`, or `LEFT` when the
 * client left first, or `INVALID_HANDSHAKE` for a 101 that is none.
 */
export interface Failure { readonly kind: 'failure', readonly code: string }

/** Whether what came so far is all that is wanted. Asked at most once a turn of the event loop. */
export type Until = (body: string, rawHeaders: readonly string[]) => boolean

/** How an answer is read. */
export interface Reading {
  /** When it was asked for, by performance.now(). */
  readonly askedAt: number
  /** Without it the answer is read to its end. */
  readonly until?: Until | undefined
  /** ms to go on after `until` held, to see what follows at once. */
  readonly settleMs?: number | undefined
}

const MAX_BODY_BYTES = 64 * 1024

/**
 * Reads the body, bounded, and settles once: at its end, its bound, or when `until` held. The connection has
 * ended by then. A peer may send a chunk for each byte, thousands in one read: each costs but its copy.
 * @returns settles at once, with what is there
 */
export function readAnswer (
  response: IncomingMessage, { askedAt, until, settleMs = 0 }: Reading, settle: (answer: Answer) => void
): (ended: Answer['ended']) => void {
  /* c8 ignore next -- an answer that a client has read has a status */
  const { statusCode: status = 0, rawHeaders } = response
  const bytes = Buffer.allocUnsafe(MAX_BODY_BYTES)
  let size = 0
  let isDone = false
  let look: NodeJS.Immediate | undefined
  let settling: NodeJS.Timeout | undefined
  let enoughMs: number | undefined
  const sinceAsked = () => performance.now() - askedAt
  const body = () => bytes.toString('utf8', 0, size)
  const done = (ended: Answer['ended']) => {
    if (isDone) return
    isDone = true
    clearImmediate(look)
    clearTimeout(settling)
    // Its error keeps a listener: one that is destroyed may still tell so.
    response.off('data', take).off('end', complete).destroy()
    settle({ kind: 'answer', status, rawHeaders, body: body(), ended, tookMs: enoughMs ?? sinceAsked() })
  }
  const take = (chunk: Buffer) => {
    const taken = chunk.copy(bytes, size)
    size += taken
    if (taken < chunk.length) return done('limit')
    if (until !== undefined && enoughMs === undefined) look ??= setImmediate(lookAt, until)
  }
  const lookAt = (isEnough: Until) => {
    look = undefined
    if (!isEnough(body(), rawHeaders)) return
    enoughMs = sinceAsked()
    if (settleMs === 0) done('enough')
    else settling = setTimeout(done, settleMs, 'enough')
  }
  const complete = () => done('complete')
  const breakOff = () => done('broken')
  response.on('data', take).on('end', complete).on('error', breakOff)
  return done
}
