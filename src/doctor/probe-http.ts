import { request as requestPlain, type ClientRequest } from 'node:http'
import { request as requestTls } from 'node:https'
import { readAnswer, type Answer, type Failure, type Until } from './answer.js'
import { lookupAsBrowsers } from './lookup.js'

/** One request. It goes out on a connection of its own, without cookies, and no redirect is followed. */
export interface HttpAsk {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'OPTIONS'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** ms for all of it. */
  readonly timeoutMs: number
  /** Any certificate will do. */
  readonly insecure: boolean
  /** Ends the reading of an answer that would go on. */
  readonly until?: Until | undefined
  /** ms to read on after that, to see what follows at once. */
  readonly settleMs?: number | undefined
  /** Its abort leaves, as a closed page would. */
  readonly signal?: AbortSignal
}

/** More than Node takes by default: browsers do, too, and what they can read is no fault. */
const MAX_HEAD_BYTES = 32 * 1024

/** Asks once and never rejects. Timer and connection have ended when it resolves. */
export async function probeHttp (ask: HttpAsk): Promise<Answer | Failure> {
  const send = ask.url.startsWith('https:') ? requestTls : requestPlain
  const request = send(ask.url, {
    method: ask.method,
    headers: ask.method === 'POST'
      ? { ...ask.headers, 'content-length': Buffer.byteLength(ask.body ?? '') }
      : ask.headers,
    agent: false,
    rejectUnauthorized: !ask.insecure,
    lookup: lookupAsBrowsers,
    maxHeaderSize: MAX_HEAD_BYTES
  })
  const answered = answerOf(request, ask)
  request.end(ask.body)
  try {
    return await answered
  } finally {
    request.destroy()
  }
}

function answerOf (request: ClientRequest, ask: HttpAsk): Promise<Answer | Failure> {
  const { timeoutMs, until, settleMs, signal } = ask
  const askedAt = performance.now()
  return new Promise(resolve => {
    let stopReading: ((ended: Answer['ended']) => void) | undefined
    const settle = (outcome: Answer | Failure) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', leave)
      resolve(outcome)
    }
    const giveUp = (ended: Answer['ended'], code: string) => {
      if (stopReading === undefined) settle({ kind: 'failure', code })
      else stopReading(ended)
    }
    const leave = () => giveUp('left', 'LEFT')
    const timer = setTimeout(() => giveUp('time-out', 'TIMEOUT'), timeoutMs)
    signal?.addEventListener('abort', leave)
    request.on('error', (error: NodeJS.ErrnoException) => {
      /* c8 ignore next -- all that Node has to tell of a request has a code */
      giveUp('broken', error.code ?? error.name)
    })
    // A 101 that nobody asked for is no answer: Node closes its socket and tells nothing else.
    request.on('close', () => giveUp('broken', 'ECONNRESET'))
    request.on('response', response => { stopReading = readAnswer(response, { askedAt, until, settleMs }, settle) })
  })
}
