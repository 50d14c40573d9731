import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Upstream } from '../config/upstreams.js'
import { ERR_UPSTREAM_RESPONSE, ERR_UPSTREAM_TIMEOUT } from '../errors.js'
import { findSwitchFault } from '../http/handshake.js'
import { isFramedPlainly } from '../http/headers.js'
import { dial } from './dial.js'

/** One handshake with one instance. */
export interface HandshakeOptions {
  readonly upstream: Upstream
  /** Path and query for the instance. */
  readonly target: string
  /** Header lines without Host, Connection and Upgrade. */
  readonly headers: readonly string[]
  /** The client's Sec-WebSocket-Key, which the instance must answer. */
  readonly key: string
  readonly connectTimeoutMs: number
  /** From the connection to the head of the answer. */
  readonly upgradeTimeoutMs: number
}

/** What an instance made of the handshake; `connect` means that nothing was sent. */
export type HandshakeAnswer =
  | { kind: 'switched', response: IncomingMessage, socket: Socket, head: Buffer }
  | { kind: 'refused', response: IncomingMessage }
  | { kind: 'failed', error: Error, connect: boolean }

/**
 * Dials an instance and passes a WebSocket handshake on (RFC 6455 §4). A 101 counts only when it answers
 * this very handshake; any other status is the instance's own answer, whose body still streams.
 * @param done called once
 * @returns gives the handshake up; `done` is not called afterwards
 */
export function shakeHands (options: HandshakeOptions, done: (answer: HandshakeAnswer) => void): () => void {
  let settled = false
  let timer: NodeJS.Timeout | undefined
  const settle = (answer: HandshakeAnswer) => {
    clearTimeout(timer)
    if (settled) return
    settled = true
    if (answer.kind === 'failed') socket.destroy()
    done(answer)
  }
  const fail = (error: Error, connect = false) => settle({ kind: 'failed', error, connect })
  const socket = dial(options.upstream, options.connectTimeoutMs, (error, connected) => {
    if (settled) return
    if (connected === null) {
      fail(error as Error, true)
      return
    }
    timer = setTimeout(() => fail(new ERR_UPSTREAM_TIMEOUT()), options.upgradeTimeoutMs)
    listen(sendHandshake(options, connected), options.key, settle, fail)
  })
  return () => {
    settled = true
    clearTimeout(timer)
    socket.destroy()
  }
}

function sendHandshake ({ upstream, target, headers }: HandshakeOptions, socket: Socket): ClientRequest {
  const request = httpRequest({
    createConnection: () => socket,
    path: target,
    headers: ['Host', upstream.authority, 'Connection', 'Upgrade', 'Upgrade', 'websocket', ...headers]
  })
  request.end()
  return request
}

function listen (
  request: ClientRequest, key: string, settle: (answer: HandshakeAnswer) => void, fail: (error: Error) => void
): void {
  request.on('upgrade', (response: IncomingMessage, socket: Socket, head: Buffer) => {
    const fault = findSwitchFault(response.rawHeaders, key) // Node emits 'upgrade' for a 101 alone
    if (fault === undefined) settle({ kind: 'switched', response, socket, head })
    else fail(new ERR_UPSTREAM_RESPONSE({ cause: new Error(`the instance's 101 does not fit: ${fault}`) }))
  })
  request.on('response', response => {
    const fault = findAnswerFault(response)
    if (fault === undefined) settle({ kind: 'refused', response })
    else fail(new ERR_UPSTREAM_RESPONSE({ cause: new Error(`the instance's answer cannot be relayed: ${fault}`) }))
  })
  request.on('error', error => fail(new ERR_UPSTREAM_RESPONSE({ cause: error })))
}

/** A 101 that names no protocol comes here, too: after it nobody knows what the bytes mean. */
function findAnswerFault ({ statusCode = 0, rawHeaders }: IncomingMessage): string | undefined {
  if (statusCode < 200) return `its status is ${statusCode}`
  return isFramedPlainly(rawHeaders) ? undefined : 'it has a transfer coding beside chunked'
}
