import { once } from 'node:events'
import { createInbox, type Inbox } from '../../helper/inbox.js'
import { ask, begin, newSession, openSocket, tell, tellUnread } from './ask.js'
import { within } from '../../helper/within.js'
import { SOON_MS, type Target } from './feature.js'

/** A connection that carries messages of text, whatever is below. */
export interface Wire {
  send: (...messages: string[]) => Promise<void>
  next: () => Promise<string>
  /** The SockJS close frame, as its code and reason. */
  ended: Promise<[code: number, reason: string]>
  /** How many answers the messages came in. */
  answers: () => number
}

/** A transport over which SockJS messages can be received. */
export type Receiver = 'xhr' | 'xhr_streaming' | 'eventsource' | 'htmlfile' | 'jsonp'

interface Grammar {
  method: 'GET' | 'POST'
  query?: string
  /** Finds the frames in what came so far; sticky where any text may be one, or each character is tried. */
  frame: RegExp
  decode: (found: string) => string
}

const asText = (found: string) => found
const asString = (found: string): string => JSON.parse(found)

/**
 * How each writes its frames: sockjs-protocol 0.3.3, "XHR Polling" to "HtmlFile". Of an event, sockjs-client
 * decodes what is percent-encoded, and so does this.
 */
const GRAMMARS: Readonly<Record<Receiver, Grammar>> = {
  xhr: { method: 'POST', frame: /([^\n]*)\n/gy, decode: asText },
  xhr_streaming: { method: 'POST', frame: /([^\n]*)\n/gy, decode: asText },
  eventsource: { method: 'GET', frame: /data: ?([^\r\n]*)\r?\n\r?\n/g, decode: decodeURI },
  htmlfile: { method: 'GET', query: '?c=callback', frame: /p\(("(?:[^"\\]|\\.)*")\);/g, decode: asString },
  jsonp: { method: 'GET', query: '?c=callback', frame: /callback\(("(?:[^"\\]|\\.)*")\);/g, decode: asString }
}

/** A SockJS session over HTTP, open. It asks again whenever an answer has ended. */
export async function openSession (
  target: Target, receiver: Receiver, session = newSession()
): Promise<Wire> {
  const inbox = createSockjsInbox()
  const { method, query = '', frame, decode } = GRAMMARS[receiver]
  let answers = 0
  const receive = async () => {
    while (!target.signal.aborted && !inbox.isEnded()) {
      const { response } = await begin(target, `${session}/${receiver}${query}`, { method })
      if (response.statusCode !== 200) throw new Error(`${receiver} was ${await tellUnread(response)}`)
      answers++
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        let end = 0
        for (const found of text.matchAll(frame)) {
          end = found.index + found[0].length
          try { inbox.accept(decode(found[1] ?? '')) } catch (error) { inbox.fail(error) }
        }
        text = text.slice(end)
      })
      if (!response.closed) await once(response, 'close')
    }
  }
  receive().catch(inbox.fail)
  await within(SOON_MS, 'the open frame', inbox.opened)
  return {
    send: async (...messages) => {
      await (receiver === 'jsonp' ? sendByForm : sendByXhr)(target, session, messages)
    },
    next: inbox.next,
    ended: inbox.ended,
    answers: () => answers
  }
}

/** Sends messages to a session by `xhr_send`. */
export async function sendByXhr (
  target: Target, session: string, messages: readonly string[]
): Promise<void> {
  const headers = { 'content-type': 'text/plain;charset=UTF-8' }
  const body = JSON.stringify(messages)
  const answer = await ask(target, `${session}/xhr_send`, { method: 'POST', headers, body })
  if (answer.status !== 204) throw new Error(`xhr_send was ${tell(answer)}`)
}

async function sendByForm (target: Target, session: string, messages: readonly string[]) {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const body = `d=${encodeURIComponent(JSON.stringify(messages))}`
  const path = `${session}/jsonp_send`
  const answer = await ask(target, path, { method: 'POST', headers, body })
  if (answer.status !== 200 || answer.text !== 'ok') throw new Error(`jsonp_send was ${tell(answer)}`)
}

/** A SockJS session over its WebSocket, open. */
export async function openSockjsSocket (target: Target): Promise<Wire> {
  const url = `${target.url.replace('http', 'ws')}${newSession()}/websocket`
  const { socket, messages } = await openSocket(target, { url })
  const inbox = createSockjsInbox()
  const receive = async () => { for (;;) inbox.accept(await messages.next()) }
  receive().catch(inbox.fail)
  await within(SOON_MS, 'the open frame', inbox.opened)
  return {
    send: async (...texts) => { socket.send(JSON.stringify(texts)) },
    next: inbox.next,
    ended: inbox.ended,
    answers: () => 1
  }
}

/** A plain WebSocket, one message a frame. */
export async function openRawSocket (target: Target): Promise<Wire> {
  const { socket, messages, closed } = await openSocket(target)
  return {
    send: async (...texts) => { for (const text of texts) socket.send(text) },
    next: messages.next,
    ended: closed,
    answers: () => 1
  }
}

/** Frames of SockJS sorted by kind. */
function createSockjsInbox () {
  const messages: Inbox<string> = createInbox()
  let ended = false
  let [open, end, fail] = [() => {}, (_close: [number, string]) => {}, (_error: unknown) => {}]
  const failed = new Promise<never>((_resolve, reject) => { fail = reject })
  failed.catch(() => {}) // told to whoever waits
  const opened = Promise.race([new Promise<void>(resolve => { open = resolve }), failed])
  const closed = Promise.race([new Promise<[number, string]>(resolve => { end = resolve }), failed])
  for (const promise of [opened, closed]) promise.catch(() => {})
  return {
    accept: (frame: string) => {
      if (frame === 'o') open()
      else if (frame.startsWith('a')) messages.push(...JSON.parse(frame.slice(1)) as string[])
      else if (frame.startsWith('c')) {
        ended = true
        end(JSON.parse(frame.slice(1)))
      }
    },
    fail,
    isEnded: () => ended,
    next: () => Promise.race([messages.next(), failed]),
    opened,
    ended: closed
  }
}
