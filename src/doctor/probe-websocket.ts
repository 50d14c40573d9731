import { WebSocket } from 'ws'
import { readAnswer, type Answer, type Failure } from './answer.js'

/** One upgrade. */
export interface WebsocketAsk {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** ms for the handshake and the first frame together, and again for the closing handshake. */
  readonly timeoutMs: number
  /** Any certificate will do. */
  readonly insecure: boolean
}

/**
 * `opened`: the SockJS open frame came. `frame`: something else came first. `closed`: 101, then the end, with
 * the close code (RFC 6455 section 7.4; 1006 is an end without a close frame). `silent`: 101 and no frame in
 * time. An answer other than 101 is told as it is.
 */
export type WebsocketOutcome =
  | { readonly kind: 'opened' }
  | { readonly kind: 'frame', readonly text: string }
  | { readonly kind: 'closed', readonly code: number, readonly reason: string }
  | { readonly kind: 'silent' }
  | Answer
  | Failure

const MAX_FRAME_BYTES = 64 * 1024

/** Upgrades once, waits for the first frame, closes with 1000. Never rejects; no socket is left open. */
export async function probeWebsocket (ask: WebsocketAsk): Promise<WebsocketOutcome> {
  const socket = new WebSocket(ask.url, {
    headers: ask.headers,
    followRedirects: false,
    rejectUnauthorized: !ask.insecure,
    maxPayload: MAX_FRAME_BYTES
  })
  const outcome = await firstOf(socket, ask.timeoutMs)
  await end(socket, ask.timeoutMs)
  return outcome
}

function firstOf (socket: WebSocket, timeoutMs: number): Promise<WebsocketOutcome> {
  return new Promise(resolve => {
    let isOpen = false
    let stopReading: ((ended: Answer['ended']) => void) | undefined
    const settle = (outcome: WebsocketOutcome) => {
      clearTimeout(timer)
      resolve(outcome)
    }
    const timer = setTimeout(() => {
      if (stopReading !== undefined) stopReading('time-out')
      // Its close frame came, its FIN did not: the close event, which has the code, comes by this.
      else if (isOpen && socket.readyState === WebSocket.CLOSING) socket.terminate()
      else settle(isOpen ? { kind: 'silent' } : { kind: 'failure', code: 'TIMEOUT' })
    }, timeoutMs)
    socket.on('open', () => { isOpen = true })
    socket.on('message', data => {
      const text = String(data)
      settle(text === 'o' ? { kind: 'opened' } : { kind: 'frame', text })
    })
    socket.on('close', (code, reason) => settle({ kind: 'closed', code, reason: reason.toString() }))
    socket.on('unexpected-response', (_request, response) => {
      stopReading = readAnswer(response, undefined, settle)
    })
    // After a 101 the close event that follows tells more than the error.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (!isOpen) settle({ kind: 'failure', code: error.code ?? 'INVALID_HANDSHAKE' })
    })
  })
}

/** Resolves once the socket is closed: by a closing handshake, if there was a 101 and the peer answers it. */
async function end (socket: WebSocket, timeoutMs: number): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return
  const closed = new Promise(resolve => { socket.once('close', resolve) })
  if (socket.readyState === WebSocket.CONNECTING) socket.terminate()
  else socket.close(1000)
  const timer = setTimeout(() => socket.terminate(), timeoutMs)
  await closed
  clearTimeout(timer)
}
