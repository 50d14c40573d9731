import type { IncomingMessage } from 'node:http'
import { exchange, openExchange, type Exchanged } from './exchange.js'

/** One SockJS session spoken request by request, as a browser without WebSocket would. */
export interface SockjsHttp {
  /** One poll, answered when the server has something to say: a frame and a newline. */
  poll: () => Promise<Exchanged>
  /** Sends messages, at once with the open poll or stream. */
  send: (...messages: string[]) => Promise<Exchanged>
  /** Opens a stream: its head, and `next`, which resolves with the bytes of each chunk as it comes. */
  stream: (transport: 'xhr_streaming' | 'eventsource') => Promise<Streamed>
}

/** An open stream; `leave` ends it as a closed page would. */
export interface Streamed { response: IncomingMessage, next: () => Promise<string>, leave: () => void }

/** A session of the SockJS service at `base`; `headers` stand on each of its requests. */
export function sockjsHttp (base: string, session: string, headers: Record<string, string> = {}): SockjsHttp {
  const post = (transport: string, body = '') => {
    return exchange(`${base}/000/${session}/${transport}`, { method: 'POST', headers, body })
  }
  return {
    poll: () => post('xhr'),
    send: (...messages) => post('xhr_send', JSON.stringify(messages)),
    stream: async transport => {
      const method = transport === 'eventsource' ? 'GET' : 'POST'
      const { request, answer } = openExchange(`${base}/000/${session}/${transport}`, { method, headers })
      const response = await answer
      const chunks = response.setEncoding('utf8')[Symbol.asyncIterator]()
      return { response, next: async () => (await chunks.next()).value ?? '', leave: () => { request.destroy() } }
    }
  }
}
