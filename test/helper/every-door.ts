/** How each attempt ends for a page that is kept out; one without CORS tells the page nothing of its end. */
export const KEPT_OUT = {
  info: 'failed',
  streaming: 'failed',
  polling: 'failed',
  'send without preflight': 'opaque',
  'send with preflight': 'failed',
  eventsource: 'failed',
  websocket: 'failed',
  'raw websocket': 'failed'
}

/** A script for a page: one real attempt at each door of a SockJS endpoint, and how it ended. */
export function tryEveryDoor (endpoint: string): string {
  return `(async () => {
    const endpoint = ${JSON.stringify(endpoint)}
    const session = endpoint + '/000/browser-session'
    const request = async (url, options) => {
      try {
        const answer = await fetch(url, options)
        return answer.type === 'opaque' ? 'opaque' : 'read ' + answer.status
      } catch {
        return 'failed'
      }
    }
    const open = target => new Promise(resolve => {
      const end = outcome => {
        target.close()
        resolve(outcome)
      }
      target.onopen = () => end('opened')
      target.onerror = () => end('failed')
    })
    const body = JSON.stringify(['SEND\\ndestination:/topic/chat\\n\\nsneaked in\\0'])
    const ws = url => new WebSocket(url.replace(/^http/, 'ws'))
    return {
      info: await request(endpoint + '/info', { credentials: 'include' }),
      streaming: await request(session + '/xhr_streaming', { method: 'POST' }),
      polling: await request(session + '/xhr', { method: 'POST' }),
      'send without preflight': await request(session + '/xhr_send', { method: 'POST', mode: 'no-cors', body }),
      'send with preflight': await request(session + '/xhr_send', { method: 'POST', headers: { 'x-a': '1' }, body }),
      eventsource: await open(new EventSource(session + '/eventsource')),
      websocket: await open(ws(session + '/websocket')),
      'raw websocket': await open(ws(endpoint + '/websocket'))
    }
  })()`
}
