import type { IncomingMessage } from 'node:http'
import { Transform } from 'node:stream'
import { ERR_BODY_TOO_LARGE } from '../errors.js'
import { headerValues } from '../http/headers.js'

/** True when the head announces a body (RFC 9112 §6.3); a length of 0 is none. */
export function announcesBody (request: IncomingMessage): boolean {
  return headerValues(request.rawHeaders, 'transfer-encoding').length > 0 || announcedLength(request) > 0
}

/** Content-Length as a number; 0 when there is none. The parser let digits through only. */
export function announcedLength (request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0)
}

/**
 * The request's body as a stream of its own that ends in ERR_BODY_TOO_LARGE past `limit` bytes. Destroying
 * it leaves the client's connection alone: an answer can still be sent there.
 * @param onChunk called for each chunk that passes
 */
export function boundedBody (request: IncomingMessage, limit: number, onChunk: () => void): Transform {
  let seen = 0
  const body = new Transform({
    transform (chunk: Buffer, _encoding, done) {
      seen += chunk.length
      onChunk()
      if (seen > limit) done(new ERR_BODY_TOO_LARGE(limit))
      else done(null, chunk)
    }
  })
  const onGone = () => { body.destroy(new Error('the client broke off')) }
  request.once('aborted', onGone)
  request.on('error', ignore)
  body.on('error', ignore) // undici listens while it reads; the stream may fail before and after
  body.once('close', () => {
    request.unpipe(body)
    request.off('aborted', onGone)
  })
  return request.pipe(body)
}

/** The failure is handled where the answer is decided; without a listener it would end the process. */
function ignore (): void {}
