import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Exchanged } from '../../helper/exchange.js'

/** A way to a chat-service: straight at it, by the gateway, or by nginx and the gateway. */
export interface Door {
  /** What stands before the paths of the service, as a browser would write it. */
  url: string
  /** The loopback address that the client has. */
  address?: string
  /** The certificate to trust, PEM text. */
  ca?: string
}

/** One request; `agent` keeps connections, without it each request has one of its own. */
export interface DoorAsk {
  method?: string
  headers?: OutgoingHttpHeaders
  body?: string
  agent?: HttpAgent
  /** Ends the request and its answer. */
  signal?: AbortSignal
}

/** A poll may be silent for as long as Spring's heart-beat takes, which is 25 s. */
const HEAD_TIMEOUT_MS = 40_000
const TIMEOUT_MS = 15_000

/** Node does not know that every name below localhost is this machine. */
const loopback: LookupFunction = (_name, options, done) => {
  if (options.all === true) done(null, [{ address: '127.0.0.1', family: 4 }])
  else done(null, '127.0.0.1', 4)
}

/** Connections through this door: one a request, or kept ones, which are the caller's to destroy. */
export function agentFor ({ url, ca, address: localAddress }: Door, { keepAlive = false } = {}): HttpAgent {
  const options = { keepAlive, lookup: loopback, ...(ca && { ca }), ...(localAddress && { localAddress }) }
  return url.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options)
}

/** One request, read to its end; rejects when the answer takes longer than 15 s. */
export async function ask (door: Door, path: string, asked: DoorAsk = {}): Promise<Exchanged> {
  const response = await openAsk(door, path, asked)
  const timer = setTimeout(() => response.destroy(late(door, path, TIMEOUT_MS)), TIMEOUT_MS)
  const chunks: Buffer[] = []
  try {
    for await (const chunk of response) chunks.push(chunk)
  } finally {
    clearTimeout(timer)
  }
  const body = Buffer.concat(chunks)
  const { statusCode: status = 0, statusMessage: statusText = '', headers, rawHeaders } = response
  return { status, statusText, headers, rawHeaders, body, text: body.toString() }
}

/** The same, up to the answer's head: what follows is the caller's to read, or to end by `signal`. */
export function openAsk (
  door: Door, path: string, { method = 'GET', headers = {}, body = '', agent, signal }: DoorAsk = {}
): Promise<IncomingMessage> {
  const url = `${door.url}${path}`
  const request = url.startsWith('https:') ? httpsRequest : httpRequest
  const length = method === 'GET' ? {} : { 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method, headers: { ...headers, ...length }, agent: agent ?? agentFor(door), ...(signal && { signal })
    })
    const timer = setTimeout(() => sent.destroy(late(door, path, HEAD_TIMEOUT_MS)), HEAD_TIMEOUT_MS)
    const done = () => clearTimeout(timer)
    sent.on('response', response => {
      done()
      resolve(response.on('error', () => {})) // its reader is told by the iterator
    })
    sent.on('error', error => {
      done()
      reject(error)
    })
    sent.end(body)
  })
}

function late ({ url }: Door, path: string, timeoutMs: number): Error {
  return new Error(`no whole answer from ${url}${path} within ${timeoutMs} ms`)
}
