import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { ask, newSession, tell } from '../ask.js'
import { within } from '../../../helper/within.js'
import { SOON_MS, type Area, type Target } from '../feature.js'

/** Plain answers, before there is a session. */
export const http: Area = {
  title: 'Plain HTTP',
  features: [
    { name: 'greeting at the endpoint', needs: 'sockjs', run: greet },
    { name: '`info` with its fields, never cached', needs: 'sockjs', run: readInfo },
    { name: '`info` has other entropy each time', needs: 'sockjs', run: compareEntropy },
    {
      name: '`OPTIONS` that is no preflight',
      needs: 'sockjs',
      shut: { status: 400, code: 'ERR_PREFLIGHT_INVALID' },
      note: 'no browser sends it, and `OPTIONS` is answered by the gateway alone: 400 `ERR_PREFLIGHT_INVALID`',
      run: askOptions
    },
    {
      name: 'the iframe page, with an ETag and a year in the cache, opened',
      needs: 'sockjs',
      opened: true,
      no: { spring: /'no-store, no-cache/ },
      run: readIframePage
    },
    { name: '304 for an iframe page that is known, opened', needs: 'sockjs', opened: true, run: revalidateIframePage },
    {
      name: 'cookie `JSESSIONID` for sticky sessions', needs: 'sockjs', no: { spring: /^no cookie is set/ }, run: readCookie
    },
    { name: '404 below the endpoint', needs: 'sockjs', run: target => isMissing(target, '/no/such') },
    { name: '404 beside the endpoint', run: target => isMissing(target, '/no-such-endpoint', target.root) },
    { name: '`HEAD` is answered without a body', run: askHead },
    { name: 'keep-alive: ten requests on one connection', run: keepAlive },
    { name: 'a WebSocket path that is asked without an upgrade', run: askWithoutUpgrade }
  ]
}

async function greet (target: Target) {
  const { status, text } = await ask(target, '')
  assert.equal(status, 200)
  assert.equal(text, 'Welcome to SockJS!\n')
}

async function readInfo (target: Target) {
  const { status, headers, text } = await ask(target, '/info')
  assert.equal(status, 200)
  assert.match(String(headers['content-type']), /^application\/json/)
  assert.match(String(headers['cache-control']), /no-store/)
  const { websocket, cookie_needed: cookieNeeded, origins, entropy, ...rest } = JSON.parse(text)
  assert.equal(typeof entropy, 'number')
  assert.deepEqual(rest, {})
  return JSON.stringify([websocket, cookieNeeded, origins])
}

async function compareEntropy (target: Target) {
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask(target, '/info')))
  assert.equal(new Set(answers.map(({ text }) => JSON.parse(text).entropy)).size, 10)
}

async function askOptions (target: Target) {
  const answer = await ask({ ...target, headers: {} }, '/info', { method: 'OPTIONS' })
  assert.equal(Math.floor(answer.status / 100), 2, tell(answer))
  assert.equal(answer.text, '')
}

async function readIframePage (target: Target) {
  const { status, headers, text } = await ask(target, '/iframe.html')
  assert.equal(status, 200)
  assert.match(String(headers['content-type']), /^text\/html/)
  assert.match(String(headers['cache-control']), /public, max-age=31536000/)
  assert.match(text, /SockJS\.bootstrap_iframe\(\)/)
  assert.ok(headers.etag)
  return headers.etag
}

async function revalidateIframePage (target: Target) {
  const { headers: { etag } } = await ask(target, '/iframe.html')
  const { status, text } = await ask(target, '/iframe.html', { headers: { 'if-none-match': etag } })
  assert.equal(status, 304)
  assert.equal(text, '')
}

async function readCookie (target: Target) {
  const headers = { cookie: 'JSESSIONID=node-7' }
  const answer = await ask(target, `${newSession()}/xhr`, { method: 'POST', headers })
  assert.ok(answer.headers['set-cookie'], 'no cookie is set')
  assert.match(String(answer.headers['set-cookie']), /^JSESSIONID=node-7;\s*path=\//i)
}

async function isMissing (target: Target, path: string, base?: string) {
  assert.equal((await ask(target, path, {}, base)).status, 404)
}

/** One request on a connection of the agent. */
async function askOn (agent: Agent, url: string, target: Target, method: string) {
  const sent = request(url, { agent, method, headers: target.headers, signal: target.signal })
  sent.on('error', () => {}) // a probe that is over, or the race below tells
  sent.end()
  const [response] = await within(SOON_MS, 'an answer', once(sent, 'response')) as [IncomingMessage]
  let bytes = 0
  response.on('data', chunk => { bytes += chunk.length })
  await within(SOON_MS, 'its end', once(response, 'end'))
  await new Promise(resolve => setImmediate(resolve)) // the agent takes the connection back
  const length = response.headers['content-length']
  return { status: response.statusCode ?? 0, length, bytes, reused: sent.reusedSocket }
}

/** The GET on the same connection would be broken by a body. */
async function askHead (target: Target) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    const head = await askOn(agent, target.url, target, 'HEAD')
    const get = await askOn(agent, target.url, target, 'GET')
    assert.equal(head.bytes, 0)
    if (head.status === get.status && head.length !== undefined) assert.equal(head.length, get.length)
    return `HEAD ${head.status}, Content-Length ${head.length}; GET ${get.status}, Content-Length ${get.length}`
  } finally { agent.destroy() }
}

async function keepAlive (target: Target) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    await askOn(agent, target.url, target, 'GET')
    for (let i = 0; i < 9; i++) assert.ok((await askOn(agent, target.url, target, 'GET')).reused)
  } finally { agent.destroy() }
}

async function askWithoutUpgrade (target: Target) {
  const { status } = await ask(target, '', {}, target.socketUrl.replace('ws', 'http'))
  assert.equal(Math.floor(status / 100), 4)
  return String(status)
}
