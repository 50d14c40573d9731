/** A SockJS transport as the last segment of a session URL spells it (sockjs-protocol 0.3.3). */
export type TransportName =
  'websocket' | 'xhr' | 'xhr_send' | 'xhr_streaming' | 'eventsource' | 'htmlfile' | 'jsonp' | 'jsonp_send'

/** What the gateway has to know of one transport. */
export interface Transport {
  readonly name: TransportName
  /** The method its requests use; OPTIONS comes on top where the browser sends a preflight. */
  readonly method: 'GET' | 'POST'
  /** The HTTP answer stays open and carries many messages: flush each chunk, set no idle limit below 60 s. */
  readonly streams: boolean
  /** One session takes several requests, and all of them must meet the instance that holds it. */
  readonly affinity: boolean
}

function row (name: TransportName, method: 'GET' | 'POST', { streams = false, affinity = true } = {}): Transport {
  return Object.freeze({ name, method, streams, affinity })
}

/** One row per transport; sockjs-protocol 0.3.3, sections "XHR Polling" to "HtmlFile" and "WebSocket". */
export const TRANSPORTS: Readonly<Record<TransportName, Transport>> = Object.freeze({
  // One socket is the whole session, and its bytes are tunnelled, not answered: no affinity, no HTTP stream.
  websocket: row('websocket', 'GET', { affinity: false }),
  xhr: row('xhr', 'POST'),
  xhr_send: row('xhr_send', 'POST'),
  xhr_streaming: row('xhr_streaming', 'POST', { streams: true }),
  eventsource: row('eventsource', 'GET', { streams: true }),
  htmlfile: row('htmlfile', 'GET', { streams: true }),
  jsonp: row('jsonp', 'GET'),
  jsonp_send: row('jsonp_send', 'POST')
})

/** Whether `text` is a transport, spelled exactly; `constructor` and its like are none. */
export function isTransportName (text: string): text is TransportName {
  return Object.hasOwn(TRANSPORTS, text)
}
