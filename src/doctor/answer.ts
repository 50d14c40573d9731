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

/** Whether what came so far is all that is wanted. */
export type Until = (body: string, rawHeaders: readonly string[]) => boolean

const MAX_BODY_BYTES = 64 * 1024

/**
 * Reads the body, bounded, and settles at its end, its bound, or when `until` holds; the first time counts.
 * @returns settles at once, with what is there
 */
export function readAnswer (
  response: IncomingMessage, until: Until | undefined, settle: (answer: Answer) => void
): (ended: Answer['ended']) => void {
  /* c8 ignore next -- an answer that a client has read has a status */
  const { statusCode: status = 0, rawHeaders } = response
  const chunks: Buffer[] = []
  let size = 0
  const body = () => Buffer.concat(chunks).toString()
  const done = (ended: Answer['ended']) => settle({ kind: 'answer', status, rawHeaders, body: body(), ended })
  response.on('data', (chunk: Buffer) => {
    const room = MAX_BODY_BYTES - size
    size += chunk.length
    if (room > 0) chunks.push(chunk.subarray(0, room))
    if (until?.(body(), rawHeaders) === true) done('enough')
    else if (size > MAX_BODY_BYTES) done('limit')
  })
  response.on('end', () => done('complete'))
  response.on('error', () => done('broken'))
  return done
}
