import {
  request as httpRequest, type Agent, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders
} from 'node:http'
import { request as httpsRequest } from 'node:https'

/** What to ask for; a body given as chunks is sent without a length. */
export interface Ask {
  method?: string
  headers?: OutgoingHttpHeaders
  body?: string | Buffer | readonly Buffer[]
  /** Whose connections it may use; if not said, it has one of its own. */
  agent?: Agent
  /** Ends the request and its answer. */
  signal?: AbortSignal
}

/** A whole answer. */
export interface Exchanged {
  status: number
  statusText: string
  headers: IncomingMessage['headers']
  rawHeaders: string[]
  body: Buffer
  text: string
}

/** One request, read to its end; rejects when the answer breaks off. */
export async function exchange (url: string, ask: Ask = {}): Promise<Exchanged> {
  return await readAnswer(await openExchange(url, ask).answer)
}

/** Reads an answer to its end; rejects when it breaks off. */
export async function readAnswer (response: IncomingMessage): Promise<Exchanged> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  const { statusCode: status = 0, statusMessage: statusText = '', headers, rawHeaders } = response
  return { status, statusText, headers, rawHeaders, body, text: body.toString() }
}

/** The same, up to the answer's head: its body is the caller's to read, and the request's to abort. */
export function openExchange (url: string, ask: Ask = {}) {
  const { method = 'GET', body = '', agent = false, signal } = ask
  const request = url.startsWith('https:') ? httpsRequest : httpRequest
  const sent = request(url, { method, agent, headers: withFraming(ask), ...(signal && { signal }) })
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve)
    sent.on('error', reject)
  })
  answer.catch(() => {}) // a request that the test aborts has no answer
  if (Array.isArray(body)) for (const chunk of body) sent.write(chunk)
  sent.end(Array.isArray(body) ? undefined : body)
  return { request: sent as ClientRequest, answer }
}

/** Told in full: left alone, node:http announces no body for DELETE, and an empty one in chunks for PUT. */
function withFraming ({ method = 'GET', headers = {}, body = '' }: Ask): OutgoingHttpHeaders {
  if (Array.isArray(body)) return { ...headers, 'transfer-encoding': 'chunked' }
  const length = Buffer.byteLength(body as string | Buffer)
  return length === 0 && isBare(method) ? headers : { ...headers, 'content-length': length }
}

function isBare (method: string): boolean {
  return ['GET', 'HEAD', 'DELETE', 'OPTIONS'].includes(method)
}
