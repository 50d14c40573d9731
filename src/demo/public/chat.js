/* global SockJS, StompJs */
'use strict'

const TOPIC = '/topic/chat'
const ENDPOINT = '/stomp/ws-stomp'
/** What "automatic" may try, in this order; the iframe and JSONP transports are switched off at the gateway. */
const TRANSPORTS = ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling']

const byId = id => document.getElementById(id)
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })

let config
let client
let instance
/** Counts connections: what an older one still reports is not shown. */
let attempt = 0

function showState (state, { transport = '–', instance = '–' } = {}) {
  byId('state').dataset.state = state
  byId('state').textContent = state
  byId('used-transport').textContent = transport
  byId('instance').textContent = instance
  byId('toggle').textContent = state === 'connected' || state === 'connecting' ? 'Disconnect' : 'Connect'
  byId('text').disabled = byId('send').disabled = state !== 'connected'
  byId('empty').textContent = state === 'connected'
    ? 'No messages yet. Open this page in a second tab and say hello.'
    : 'Messages come and go once the chat is connected.'
}

function element (name, className, text) {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}

function showMessage (frame) {
  let message
  try {
    message = JSON.parse(frame.body)
  } catch {
    message = { text: frame.body } // somebody else's client: any text may come
  }
  const { from = 'somebody', via = '', text = '' } = Object(message)
  const item = element('li', String(from) === byId('sender').value ? 'mine' : '', '')
  const about = element('p', 'about', '')
  about.append(element('b', 'from', String(from)), element('time', '', time.format(new Date())), element('span', 'via', String(via)))
  item.append(about, element('p', 'text', String(text)))
  const messages = byId('messages')
  messages.append(item)
  if (messages.childElementCount > 200) messages.firstElementChild.remove()
  messages.scrollTop = messages.scrollHeight
  byId('empty').hidden = true
}

/** The outcome of one real request: a browser tells a page no more about a refused one than that it failed. */
async function tryFetch (url, options) {
  try {
    await fetch(url, { cache: 'no-store', ...options })
    return true
  } catch {
    return false
  }
}

/** Tries a WebSocket by itself, as SockJS stops at its first refused request, /info. */
function tryWebSocket () {
  return new Promise(resolve => {
    const socket = new WebSocket(`${config.gatewayUrl.replace(/^http/, 'ws')}${ENDPOINT}/websocket`)
    socket.onopen = () => {
      socket.close()
      resolve('opened')
    }
    socket.onerror = () => resolve('refused before it opened')
  })
}

/** Says what this page can know of a failure. Every line comes from an attempt made just now. */
async function explainFailure ({ code, reason }) {
  const mine = attempt
  const infoUrl = `${config.gatewayUrl}${ENDPOINT}/info`
  const readable = await tryFetch(infoUrl, { credentials: 'include' })
  const reachable = readable || await tryFetch(`${config.gatewayUrl}/healthz`, { mode: 'no-cors' })
  const webSocket = await tryWebSocket()
  if (mine !== attempt) return

  const isBlocked = reachable && !readable
  showState(isBlocked ? 'blocked' : 'failed')
  byId('blocked-title').textContent = isBlocked ? 'Blocked by CORS policy' : 'No connection'
  byId('blocked-reason').textContent = isBlocked
    ? `The gateway answers, but does not allow ${location.origin}: without an Access-Control-Allow-Origin for it, the ` +
      'browser hides status and body of the answer from this page. Its own words are in the developer console.'
    : reachable
      ? `The gateway lets ${location.origin} in, yet the chat did not open: ${reason || 'no reason given'} (${code}).`
      : `Nothing answers at ${config.gatewayUrl}. Is the gateway running?`
  const attempts = [
    ['SockJS', `closed with ${code}: ${reason || 'no reason given'}`],
    ['GET /info', readable ? 'readable' : isBlocked ? 'blocked' : 'no answer'],
    ['WebSocket', webSocket]
  ]
  byId('attempts').replaceChildren(...attempts.map(([what, outcome]) => {
    const row = document.createElement('div')
    row.append(element('dt', '', what), element('dd', '', outcome))
    return row
  }))
  byId('curl').textContent = `curl -i -H 'Origin: ${location.origin}' ${infoUrl}`
  const [allowedPage] = config.pages
  byId('allowed-page').href = byId('allowed-page').textContent = allowedPage
  byId('ask').hidden = byId('curl').hidden = !isBlocked
  byId('elsewhere').hidden = !isBlocked || allowedPage === location.origin
  byId('blocked').hidden = false
}

function connect () {
  disconnect()
  const mine = attempt
  const choice = byId('transport').value
  let socket
  let lastError
  byId('blocked').hidden = true
  showState('connecting')

  client = new StompJs.Client({
    webSocketFactory () {
      const transports = choice === 'automatic' ? TRANSPORTS : [choice]
      socket = new SockJS(`${config.gatewayUrl}${ENDPOINT}`, null, { transports })
      return socket
    },
    reconnectDelay: 0,
    onConnect (frame) {
      if (mine !== attempt) return
      instance = String(frame.headers.server).replace(/\/.*$/, '').replace('gatehouse-demo-', '')
      showState('connected', { transport: socket.transport, instance })
      client.subscribe(TOPIC, showMessage)
    },
    onStompError (frame) { lastError = frame.headers.message },
    onWebSocketClose ({ code, reason }) {
      if (mine === attempt) explainFailure({ code, reason: lastError || reason })
    }
  })
  client.activate()
}

function disconnect () {
  attempt += 1 // whatever the old connection still reports is not ours
  client?.deactivate()
  client = undefined
  showState('disconnected')
}

byId('connection').addEventListener('submit', event => {
  event.preventDefault()
  if (client?.active) disconnect()
  else connect()
})
byId('transport').addEventListener('change', connect)

byId('composer').addEventListener('submit', event => {
  event.preventDefault()
  if (!client?.connected) return
  const via = `${byId('used-transport').textContent} · instance ${instance}`
  client.publish({
    destination: TOPIC,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ from: byId('sender').value, text: byId('text').value, via })
  })
  byId('text').value = ''
})

/** The gateway starts a moment after the page's server: until then there is no config to give out. */
async function loadConfig () {
  for (;;) {
    const response = await fetch('/config.json')
    if (response.ok) return await response.json()
    await new Promise(resolve => setTimeout(resolve, 500))
  }
}

async function start () {
  config = await loadConfig()
  byId('origin').textContent = location.origin
  byId('gateway').textContent = config.gatewayUrl
  byId('sender').value = `guest-${Math.floor(Math.random() * 900) + 100}`
  connect()
}
start()
