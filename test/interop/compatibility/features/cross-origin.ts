import assert from 'node:assert/strict'
import { ask, newSession, openSocket, tell } from '../ask.js'
import { LISTED, UNLISTED, type Area, type Target } from '../feature.js'

const SPRING_REFUSES = { spring: /^answered 403(?! ERR)/ }
const SPRING_SHUTS = { spring: /^Unexpected server response: 403/ }
const SOCKJS_NODE_ANSWERS = { 'sockjs-node': /^answered 20[04]/ }
const OPEN = { 'sockjs-node': /it is open$/, rabbitmq: /it is open$/ }

/** What pages of other origins can do: the server by itself, and with the list of the gateway. */
export const crossOrigin: Area = {
  title: 'Pages of other origins',
  features: [
    { name: 'a listed page reads `info`', needs: 'sockjs', gateway: 'adds', no: SPRING_REFUSES, run: readInfo },
    { name: 'a listed page opens a session by `xhr`', needs: 'sockjs', gateway: 'adds', no: SPRING_REFUSES, run: openByXhr },
    { name: 'a listed page reads why it failed', needs: 'sockjs', gateway: 'adds', no: SPRING_REFUSES, run: readFailure },
    { name: 'the preflight of a listed page is answered', needs: 'sockjs', gateway: 'adds', no: SPRING_REFUSES, run: preflight },
    { name: 'a listed page opens a WebSocket', gateway: 'adds', no: SPRING_SHUTS, run: openListed },
    { name: '`info` is refused to an unlisted page', needs: 'sockjs', gateway: 'adds', no: SOCKJS_NODE_ANSWERS, run: refuseInfo },
    { name: '`xhr_send` of an unlisted page is refused', needs: 'sockjs', gateway: 'adds', no: SOCKJS_NODE_ANSWERS, run: refuseSend },
    { name: 'the preflight of an unlisted page is refused', needs: 'sockjs', gateway: 'adds', no: SOCKJS_NODE_ANSWERS, run: refusePreflight },
    { name: 'a WebSocket of an unlisted page is refused', gateway: 'adds', no: OPEN, run: target => refuseSocket(target, UNLISTED) },
    { name: 'a WebSocket of a page without an origin (`null`) is refused', gateway: 'adds', no: OPEN, run: target => refuseSocket(target, 'null') }
  ]
}

type Headers = Awaited<ReturnType<typeof ask>>['headers']

/** What a browser demands before a page may read an answer to a request with cookies. */
function isReadable (headers: Headers): void {
  assert.equal(headers['access-control-allow-origin'], LISTED)
  assert.equal(headers['access-control-allow-credentials'], 'true')
  assert.match(String(headers.vary), /origin/i)
}

async function readInfo (target: Target) {
  const answer = await ask(target, '/info', { headers: { origin: LISTED } })
  assert.equal(answer.status, 200, tell(answer))
  isReadable(answer.headers)
}

async function openByXhr (target: Target) {
  const options = { method: 'POST', headers: { origin: LISTED } }
  const answer = await ask(target, `${newSession()}/xhr`, options)
  assert.equal(answer.status, 200, tell(answer))
  assert.equal(answer.text, 'o\n')
  isReadable(answer.headers)
}

async function readFailure (target: Target) {
  const options = { method: 'POST', headers: { origin: LISTED }, body: '["to nobody"]' }
  const answer = await ask(target, `${newSession()}/xhr_send`, options)
  assert.equal(answer.status, 404, tell(answer))
  isReadable(answer.headers)
}

function askFirst (target: Target, origin: string) {
  return ask(target, `${newSession()}/xhr_send`, {
    method: 'OPTIONS',
    headers: {
      origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type'
    }
  })
}

async function preflight (target: Target) {
  const answer = await askFirst(target, LISTED)
  const { status, headers } = answer
  assert.equal(Math.floor(status / 100), 2, tell(answer))
  isReadable(headers)
  assert.match(String(headers['access-control-allow-methods']), /POST/)
  assert.match(String(headers['access-control-allow-headers']), /content-type/i)
}

async function openListed (target: Target) {
  await openSocket(target, { headers: { origin: LISTED } })
}

/** 403, and nothing that lets the page read it. */
function isRefused (answer: Awaited<ReturnType<typeof ask>>): void {
  assert.equal(answer.status, 403, tell(answer))
  assert.equal(answer.headers['access-control-allow-origin'], undefined)
}

async function refuseInfo (target: Target) {
  isRefused(await ask(target, '/info', { headers: { origin: UNLISTED } }))
}

async function refuseSend (target: Target) {
  const session = newSession()
  const opened = await ask(target, `${session}/xhr`, { method: 'POST' })
  assert.equal(opened.text, 'o\n')
  const headers = { origin: UNLISTED, 'content-type': 'text/plain' }
  isRefused(await ask(target, `${session}/xhr_send`, { method: 'POST', headers, body: '["sneaked in"]' }))
}

async function refusePreflight (target: Target) {
  isRefused(await askFirst(target, UNLISTED))
}

async function refuseSocket (target: Target, origin: string) {
  await assert.rejects(openSocket(target, { headers: { origin } }), /Unexpected server response: 403/, 'it is open')
}
