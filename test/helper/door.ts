import { Agent as HttpAgent, type AgentOptions } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { LookupFunction } from 'node:net'
import { openExchange, readAnswer, type Ask, type Exchanged } from './exchange.js'

/** A way in: straight at a chat-service, by the gateway, or by nginx. */
export interface Door {
  /** What stands before the paths that are asked for, as a browser would write it. */
  url: string
  /** The loopback address that the client has. */
  address?: string
  /** The certificate to trust, PEM text. */
  ca?: string
}

/** A poll may be silent for as long as Spring's heart-beat takes, which is 25 s. */
const HEAD_TIMEOUT_MS = 40_000
const TIMEOUT_MS = 15_000

/** Node does not know that every name below localhost is this machine. */
const loopback: LookupFunction = (_name, options, done) => {
  if (options.all === true) done(null, [{ address: '127.0.0.1', family: 4 }])
  else done(null, '127.0.0.1', 4)
}

/** Connections through this door: one a request, or with `keepAlive` kept ones, the caller's to destroy. */
export function agentFor ({ url, ca, address: localAddress }: Door, options: AgentOptions = {}): HttpAgent {
  const { protocol, hostname: servername } = new URL(url)
  const all = { ...options, lookup: loopback, ...(localAddress && { localAddress }) }
  // The name is told: left alone, node:https takes that of a Host header.
  return protocol === 'https:' ? new HttpsAgent({ ...all, servername, ...(ca && { ca }) }) : new HttpAgent(all)
}

/** One request, read to its end; rejects when the answer takes longer than 15 s. */
export async function ask (door: Door, path: string, asked: Ask = {}): Promise<Exchanged> {
  const response = await openAsk(door, path, asked).answer
  const timer = setTimeout(() => response.destroy(late(door, path, TIMEOUT_MS)), TIMEOUT_MS)
  try {
    return await readAnswer(response)
  } finally {
    clearTimeout(timer)
  }
}

/** The same, up to the answer's head, within 40 s: what follows is the caller's to read or to end. */
export function openAsk (door: Door, path: string, asked: Ask = {}) {
  const { request, answer } = openExchange(`${door.url}${path}`, { agent: agentFor(door), ...asked })
  const timer = setTimeout(() => request.destroy(late(door, path, HEAD_TIMEOUT_MS)), HEAD_TIMEOUT_MS)
  const done = () => clearTimeout(timer)
  answer.then(response => {
    done()
    response.on('error', () => {}) // its reader is told by the iterator
  }, done)
  return { request, answer }
}

function late ({ url }: Door, path: string, timeoutMs: number): Error {
  return new Error(`no whole answer from ${url}${path} within ${timeoutMs} ms`)
}
