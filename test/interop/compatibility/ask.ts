import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { WebSocket, type ClientOptions } from 'ws'
import { createInbox, type Inbox } from '../../helper/inbox.js'
import { openExchange, type Ask } from '../../helper/exchange.js'
import { within } from '../../helper/within.js'
import { SOON_MS, type Target } from './feature.js'

/** The head of an answer, once it is there; its body is the caller's to read. Ends with the probe. */
export async function begin (
  target: Target, path: string,
  { timeoutMs = SOON_MS, ...ask }: Ask & { timeoutMs?: number } = {}, base = target.url
) {
  const headers = { ...target.headers, ...ask.headers }
  const { request, answer } = openExchange(base + path, { ...ask, headers })
  const stop = () => { request.destroy() }
  target.signal.addEventListener('abort', stop, { once: true })
  request.once('close', () => target.signal.removeEventListener('abort', stop))
  const response = await within(timeoutMs, `the answer to ${path.split('/').at(-1)}`, answer)
  response.on('error', () => {}) // it ends with the probe
  return { request, response }
}

/** A whole answer; `path` stands below the endpoint, unless `base` is another. */
export async function ask (target: Target, path: string, options: Ask = {}, base = target.url) {
  const { response } = await begin(target, path, options, base)
  const text = await readText(response)
  return { status: response.statusCode ?? 0, headers: response.headers, text }
}

async function readText (response: IncomingMessage): Promise<string> {
  let text = ''
  response.setEncoding('utf8').on('data', chunk => { text += chunk })
  if (!response.readableEnded) await within(SOON_MS, 'the end of an answer', once(response, 'end'))
  return text
}

/** An answer in the words of an error: its status, and the code of the gateway where that refused. */
export function tell ({ status, text }: { status: number, text: string }): string {
  const [, code] = /"code":"(ERR_\w+)"/.exec(text) ?? []
  return `answered ${status}${code === undefined ? '' : ` ${code}`}`
}

/** The same of an answer whose body nobody has read. */
export async function tellUnread (response: IncomingMessage): Promise<string> {
  return tell({ status: response.statusCode ?? 0, text: await readText(response) })
}

/** An open WebSocket and what came over it. */
export interface Opened {
  socket: WebSocket
  messages: Inbox<string>
  closed: Promise<[code: number, reason: string]>
}

/** Opens a WebSocket that ends with the probe; rejects when the handshake is refused. */
export async function openSocket (
  target: Target, { url = target.socketUrl, protocols = [], ...options }:
  ClientOptions & { url?: string, protocols?: string[] } = {}
): Promise<Opened> {
  const headers = { ...target.headers, ...options.headers }
  const socket = new WebSocket(url, protocols, { ...options, headers })
  const stop = () => socket.terminate()
  target.signal.addEventListener('abort', stop, { once: true })
  const messages = createInbox<string>()
  socket.on('message', data => messages.push(String(data)))
  const closed = new Promise<[number, string]>(resolve => {
    socket.on('close', (code, reason) => resolve([code, String(reason)]))
  })
  socket.on('error', () => {}) // a close follows, and tells the code
  await within(SOON_MS, 'the WebSocket', Promise.race([once(socket, 'open'), failureOf(socket)]))
  return { socket, messages, closed }
}

function failureOf (socket: WebSocket): Promise<never> {
  return new Promise((_resolve, reject) => { socket.once('error', reject) })
}

/** The URL of a new SockJS session, without the transport. */
export function newSession (): string {
  return `/000/${randomBytes(8).toString('hex')}`
}
