import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
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

/** What is told of a body on its way. */
export interface BodyEvents {
  /** Called for each chunk that passes. */
  readonly onChunk: () => void
  /** The whole body was written. */
  readonly onEnd: () => void
  /** It is larger than it may be: nothing more is written. */
  readonly onTooLarge: (error: Error) => void
}

/**
 * Writes the body of a client's request to an instance's socket, as it comes and with backpressure: framed by
 * the length that was announced, else in chunks (RFC 9112 §7.1). A client that leaves is not told here: what
 * is under way for its connection is ended as a whole.
 * @param limit bytes; one more is too large
 * @returns stops it, without a trace at the request, whose connection goes on
 */
export function pumpBody (
  request: IncomingMessage, socket: Socket, limit: number, { onChunk, onEnd, onTooLarge }: BodyEvents
): () => void {
  const isChunked = request.headers['content-length'] === undefined
  let seen = 0
  const take = (chunk: Buffer) => {
    seen += chunk.length
    if (seen > limit) {
      stop()
      onTooLarge(new ERR_BODY_TOO_LARGE(limit))
      return
    }
    onChunk()
    if (!(isChunked ? writeChunk(socket, chunk) : socket.write(chunk))) request.pause()
  }
  const resume = () => { request.resume() }
  const end = () => {
    stop()
    if (isChunked) socket.write('0\r\n\r\n', 'latin1')
    onEnd()
  }
  const stop = () => {
    request.off('data', take).off('end', end)
    socket.off('drain', resume)
    request.pause()
  }
  request.on('error', ignore)
  socket.on('drain', resume)
  request.on('end', end).on('data', take).resume()
  return stop
}

/** @returns false when the next one had better wait */
function writeChunk (socket: Socket, chunk: Buffer): boolean {
  socket.cork() // one system call
  socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
  socket.write(chunk)
  const hasRoom = socket.write('\r\n', 'latin1')
  socket.uncork()
  return hasRoom
}

/** The failure is handled where the answer is decided; without a listener it would end the process. */
function ignore (): void {}
