import { request, type RequestOptions } from 'node:https'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Nginx } from './full-stack.js'

/** As much of nginx as a client needs. */
export type Edge = Pick<Nginx, 'httpsPort' | 'certificate'>

/** What to ask nginx for. */
export interface EdgeAsk {
  /** `api.chat.localhost` if not said. */
  host?: string
  method?: string
  headers?: OutgoingHttpHeaders
  body?: string | Buffer
  /** A keep-alive one, if not a connection of its own. */
  agent?: RequestOptions['agent']
}

/** A whole answer of nginx. */
export interface EdgeAnswer {
  status: number
  headers: IncomingMessage['headers']
  rawHeaders: string[]
  text: string
}

/** Options of a TLS client: Node resolves no *.localhost, so it goes to 127.0.0.1 and names the host. */
export function edgeOptions ({ httpsPort, certificate }: Edge, host = 'api.chat.localhost') {
  return { host: '127.0.0.1', port: httpsPort, servername: host, ca: certificate }
}

/** One https request to nginx, up to the answer's head; the caller ends it. */
export function openEdge (nginx: Edge, path: string, ask: EdgeAsk = {}) {
  const { host, method, headers, agent = false } = ask
  const options = edgeOptions(nginx, host)
  const sent = request({
    ...options, path, method, agent, headers: { host: `${options.servername}:${nginx.httpsPort}`, ...headers }
  })
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve)
    sent.on('error', reject)
  })
  answer.catch(() => {}) // a request that the test aborts has no answer
  return { request: sent, answer }
}

/** One https request to nginx, read to its end. */
export async function askEdge (nginx: Edge, path: string, ask: EdgeAsk = {}): Promise<EdgeAnswer> {
  const { request, answer } = openEdge(nginx, path, ask)
  request.end(ask.body)
  const response = await answer
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  const { statusCode: status = 0, headers, rawHeaders } = response
  return { status, headers, rawHeaders, text }
}

/** The values of every line of this name (lower-case), in order. */
export function linesOf ({ rawHeaders }: { rawHeaders: string[] }, name: string): string[] {
  return rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === name && index % 2 === 1)
}
