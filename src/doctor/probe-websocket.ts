import { WebSocket } from 'ws'
import { readAnswer, type Answer, type Failure } from './answer.js'
import { lookupAsBrowsers } from './lookup.js'

/** One upgrade. */
export interface WebsocketAsk {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** ms for the handshake and the first frame together; the closing handshake has at most another second. */
  readonly timeoutMs: number
  /** ms that an open frame is given to be followed by an end. */
  readonly settleMs: number
  /** Any certificate will do. */
  readonly insecure: boolean
}

/**
 * `opened`: the SockJS open frame came, and no end. `frame`: something else came first, or a SockJS close
 * frame after the open frame. `closed`: 101, then the end, with the close code (RFC 6455 section 7.4; 1006 is
 * an end without a close frame). `hasOpened`: the open frame had come by then. `silent`: 101 and no frame in
 * time. An answer other than 101 is told as it is.
 */
export type WebsocketOutcome =
  | { readonly kind: 'opened' }
  | { readonly kind: 'frame', readonly text: string, readonly isBinary: boolean, readonly hasOpened: boolean }
  | { readonly kind: 'closed', readonly code: number, readonly reason: string, readonly hasOpened: boolean }
  | { readonly kind: 'silent' }
  | Answer
  | Failure

const MAX_FRAME_BYTES = 64 * 1024

/**
 * Upgrades once, waits for the first frame and for what follows it at once, closes with 1000. Never rejects;
 * no socket is left open.
 */
export async function probeWebsocket (ask: WebsocketAsk): Promise<WebsocketOutcome> {
  const socket = new WebSocket(ask.url, {
    headers: ask.headers,
    followRedirects: false,
    rejectUnauthorized: !ask.insecure,
    lookup: lookupAsBrowsers,
    maxPayload: MAX_FRAME_BYTES
  })
  const outcome = await firstOf(socket, ask)
  await end(socket, ask.timeoutMs)
  return outcome
}

function firstOf (socket: WebSocket, { timeoutMs, settleMs }: WebsocketAsk): Promise<WebsocketOutcome> {
  const askedAt = performance.now()
  return new Promise(resolve => {
    let isUpgraded = false
    let hasOpened = false
    let stopReading: ((ended: Answer['ended']) => void) | undefined
    const settle = (outcome: WebsocketOutcome) => {
      clearTimeout(timer)
      // An open frame that comes too late starts no timer any more.
      socket.removeAllListeners('message')
      resolve(outcome)
    }
    const giveUp = () => {
      if (stopReading !== undefined) stopReading('time-out')
      // Its close frame came, its FIN did not: the close event, which has the code, comes by this.
      else if (isUpgraded && socket.readyState === WebSocket.CLOSING) socket.terminate()
      else if (hasOpened) settle({ kind: 'opened' })
      else settle(isUpgraded ? { kind: 'silent' } : { kind: 'failure', code: 'TIMEOUT' })
    }
    let timer = setTimeout(giveUp, timeoutMs)
    socket.on('open', () => { isUpgraded = true })
    socket.on('message', (data, isBinary) => {
      const text = String(data)
      if (hasOpened && !text.startsWith('c[')) return
      if (hasOpened || isBinary || text !== 'o') return settle({ kind: 'frame', text, isBinary, hasOpened })
      hasOpened = true
      clearTimeout(timer)
      timer = setTimeout(giveUp, settleMs)
    })
    socket.on('close', (code, reason) => settle({ kind: 'closed', code, reason: reason.toString(), hasOpened }))
    socket.on('unexpected-response', (_request, response) => {
      stopReading = readAnswer(response, { askedAt }, settle)
    })
    // After a 101 the close event that follows tells more than the error.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (!isUpgraded) settle({ kind: 'failure', code: error.code ?? 'INVALID_HANDSHAKE' })
    })
  })
}

/** ms for the closing handshake: of a peer that does not answer at once nothing more is learnt. */
const CLOSING_MS = 1_000

/** Resolves once the socket is closed: by a closing handshake, if there was a 101 and the peer answers it. */
async function end (socket: WebSocket, timeoutMs: number): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return
  const closed = new Promise(resolve => { socket.once('close', resolve) })
  if (socket.readyState === WebSocket.CONNECTING) socket.terminate()
  else socket.close(1000)
  const timer = setTimeout(() => socket.terminate(), Math.min(timeoutMs, CLOSING_MS))
  await closed
  clearTimeout(timer)
}
