import type { Socket } from 'node:net'
import { STATUS_CODES } from 'node:http'
import type { FastifyError } from '@fastify/error'
import { ERR_REQUEST_HEAD_TOO_LARGE, ERR_REQUEST_MALFORMED, ERR_REQUEST_TIMEOUT } from '../errors.js'
import { closeGently, connectionOf } from './connection.js'

/** What Node's parser says of a request that never became one. */
export interface ClientError extends Error { readonly code?: string, readonly reason?: string }

/**
 * Answers bytes that are no request, as Fastify's `clientErrorHandler`, in the same JSON shape as every
 * other refusal. Behind a request under way nothing can be said: the next bytes would be taken for its
 * answer.
 */
export function answerClientError (error: ClientError, socket: Socket, requestId: string): void {
  // Bytes behind a `Connection: close` are not read; the answer before them is still on its way.
  if (error.code === 'HPE_CLOSED_CONNECTION') return
  // The parser may find this when it has handed the request on: request-guard.ts refuses it, in its turn.
  if (error.code === 'HPE_INVALID_TRANSFER_ENCODING' && connectionOf(socket).closing) return
  if (socket.destroyed) return
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && failOnly(socket)) return
  if (!socket.writable || error.code === 'ECONNRESET' || isBusy(socket)) {
    socket.destroy()
    return
  }
  const refusal = refusalOf(error)
  const body = JSON.stringify({
    statusCode: refusal.statusCode,
    code: refusal.code,
    error: STATUS_CODES[refusal.statusCode as number],
    message: refusal.message,
    requestId
  })
  socket.write(`HTTP/1.1 ${refusal.statusCode} ${STATUS_CODES[refusal.statusCode as number]}\r\n` +
    'Content-Type: application/json; charset=utf-8\r\nVary: Origin\r\nConnection: close\r\n' +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  closeGently(socket)
}

/**
 * A body that comes too late: its request is under way and can still be answered, when it is the only one.
 */
function failOnly (socket: Socket): boolean {
  const { underWay, onGone } = connectionOf(socket)
  const [fail] = onGone
  if (underWay !== 1 || fail === undefined) return false
  fail(new ERR_REQUEST_TIMEOUT())
  return true
}

function isBusy (socket: Socket): boolean {
  return connectionOf(socket).underWay > 0
}

function refusalOf ({ code, reason }: ClientError): FastifyError {
  if (code === 'HPE_HEADER_OVERFLOW') return new ERR_REQUEST_HEAD_TOO_LARGE()
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new ERR_REQUEST_TIMEOUT()
  return new ERR_REQUEST_MALFORMED(reason ?? 'it is not HTTP/1.1')
}
