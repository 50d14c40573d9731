import assert from 'node:assert/strict'
import { ask, newSession, openSocket } from '../ask.js'
import { LISTED, UNLISTED, type Area, type Target } from '../feature.js'

/** What pages of other origins can do: the server by itself, and with the list of the gateway. */
export const crossOrigin: Area = {
  title: 'Pages of other origins',
  features: [
    { name: 'a listed page reads `info`', needs: 'sockjs', gateway: 'adds', run: readInfo },
    { name: 'a listed page opens a session by `xhr`', needs: 'sockjs', gateway: 'adds', run: openByXhr },
    { name: 'a listed page reads why it failed', needs: 'sockjs', gateway: 'adds', run: readFailure },
    { name: 'the preflight of a listed page is answered', needs: 'sockjs', gateway: 'adds', run: preflight },
    { name: 'a listed page opens a WebSocket', gateway: 'adds', run: openListed },
    { name: '`info` is refused to an unlisted page', needs: 'sockjs', gateway: 'adds', run: refuseInfo },
    { name: '`xhr_send` of an unlisted page is refused', needs: 'sockjs', gateway: 'adds', run: refuseSend },
    { name: 'the preflight of an unlisted page is refused', needs: 'sockjs', gateway: 'adds', run: refusePreflight },
    { name: 'a WebSocket of an unlisted page is refused', gateway: 'adds', run: target => refuseSocket(target, UNLISTED) },
    { name: 'a WebSocket of a page without an origin (`null`) is refused', gateway: 'adds', run: target => refuseSocket(target, 'null') }
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
  const { status, headers } = await ask(target, '/info', { headers: { origin: LISTED } })
  assert.equal(status, 200)
  isReadable(headers)
}

async function openByXhr (target: Target) {
  const options = { method: 'POST', headers: { origin: LISTED } }
  const { status, headers, text } = await ask(target, `${newSession()}/xhr`, options)
  assert.equal(status, 200)
  assert.equal(text, 'o\n')
  isReadable(headers)
}

async function readFailure (target: Target) {
  const options = { method: 'POST', headers: { origin: LISTED }, body: '["to nobody"]' }
  const { status, headers } = await ask(target, `${newSession()}/xhr_send`, options)
  assert.equal(status, 404)
  isReadable(headers)
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
  const { status, headers } = await askFirst(target, LISTED)
  assert.equal(Math.floor(status / 100), 2)
  isReadable(headers)
  assert.match(String(headers['access-control-allow-methods']), /POST/)
  assert.match(String(headers['access-control-allow-headers']), /content-type/i)
}

async function openListed (target: Target) {
  await openSocket(target, { headers: { origin: LISTED } })
}

/** 403, and nothing that lets the page read it. */
function isRefused ({ status, headers }: { status: number, headers: Headers }): void {
  assert.equal(status, 403)
  assert.equal(headers['access-control-allow-origin'], undefined)
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
  await assert.rejects(openSocket(target, { headers: { origin } }), /Unexpected server response: 403/)
}
