import { BROWSER_HEADERS } from './browser-headers.js'

/** What a request of the bench asks. */
export interface BrowserRequest {
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly port: number
  /** PAGE_ORIGIN when left out. */
  readonly origin?: string
  /** Asks for a WebSocket. */
  readonly upgrade?: boolean
}

/** The key of RFC 6455 §1.3: one for all, so that its answer need not be worked out each time. */
const WEBSOCKET_KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
export const WEBSOCKET_ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

const UPGRADE = {
  Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': WEBSOCKET_KEY
}

/** The head of a request as a browser sends it, for a socket that writes it by itself. */
export function browserHead ({ method = 'GET', path, port, origin, upgrade = false }: BrowserRequest): string {
  const headers = {
    Host: `127.0.0.1:${port}`,
    ...(upgrade ? UPGRADE : { Connection: 'keep-alive' }),
    ...BROWSER_HEADERS,
    ...(origin === undefined ? {} : { Origin: origin }),
    ...(method === 'POST' ? { 'Content-Length': '0' } : {})
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}
