import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { ask, begin, newSession, openSocket } from '../ask.js'
import { within } from '../../../helper/within.js'
import { LATE_MS, SOON_MS, type Area, type Target } from '../feature.js'
import { connectFrame, echo } from '../stomp.js'
import { openSession, openSockjsSocket, sendByXhr } from '../wires.js'

const POST = { method: 'POST' }

/** What SockJS promises of sessions. */
export const sessions: Area = {
  title: 'SockJS sessions',
  features: [
    { name: '404 for `xhr_send` to an unknown session', needs: 'sockjs', run: unknownSession },
    { name: 'a session is found by its id alone, whatever `<server>` is', needs: 'sockjs', run: otherServer },
    { name: '500 for a body that is no JSON', needs: 'sockjs', run: brokenBody },
    { name: 'a close frame ends the session', needs: 'sockjs', run: closeFrame },
    { name: '2010 "Another connection still open" for a second stream', needs: 'sockjs', run: streamTwice },
    { name: 'heart-beat frame in an idle stream', needs: 'sockjs', slow: true, run: heartBeat },
    { name: 'heart-beat frame ends an idle poll', needs: 'sockjs', slow: true, run: heartBeatOfPoll },
    { name: 'heart-beat of an idle `websocket`', needs: 'sockjs', slow: true, run: heartBeatOfSocket },
    { name: 'a session that nobody asks for is over', needs: 'sockjs', slow: true, run: timeOut },
    { name: 'a stream that its client leaves ends the session', needs: 'sockjs', slow: true, run: leave },
    { name: '50 sessions at once by `xhr_streaming`', needs: 'sockjs', heavy: true, run: many }
  ]
}

async function openByPoll (target: Target) {
  const session = newSession()
  const { text } = await ask(target, `${session}/xhr`, POST)
  assert.equal(text, 'o\n')
  return session
}

async function sendTo (target: Target, session: string, body: string) {
  return (await ask(target, `${session}/xhr_send`, { ...POST, body })).status
}

async function unknownSession (target: Target) {
  assert.equal(await sendTo(target, newSession(), '["hello"]'), 404)
}

async function otherServer (target: Target) {
  const session = await openByPoll(target)
  await sendByXhr(target, session.replace('/000/', '/other/'), [connectFrame(target)])
  const { text } = await ask(target, `${session.replace('/000/', '/third/')}/xhr`, POST)
  assert.match(text, /^a\["CONNECTED/)
}

async function brokenBody (target: Target) {
  const session = await openByPoll(target)
  assert.equal(await sendTo(target, session, '["not the end'), 500)
}

async function closeFrame (target: Target) {
  const wire = await openSession(target, 'xhr_streaming')
  await wire.send('NO SUCH COMMAND\n\n\0')
  const [code, reason] = await within(SOON_MS, 'the close frame', wire.ended)
  return `${code} ${reason}`
}

/** A stream tells when it is open; of two polls at once, Spring may take both for the first. */
async function streamTwice (target: Target) {
  const session = newSession()
  await firstChunks(target, 'xhr_streaming', session, /^h+\no\n/)
  const { text } = await ask(target, `${session}/xhr_streaming`, POST)
  assert.match(text, /^(?:h+\n)?c\[2010,"Another connection still open"\]\n$/)
}

async function firstChunks (target: Target, transport: string, session: string, wanted: RegExp) {
  const { response } = await begin(target, `${session}/${transport}`, POST)
  let text = ''
  const found = new Promise<void>(resolve => {
    response.setEncoding('utf8').on('data', chunk => {
      text += chunk
      if (wanted.test(text)) resolve()
    })
  })
  await within(LATE_MS, String(wanted), found)
}

async function heartBeat (target: Target) {
  await firstChunks(target, 'xhr_streaming', newSession(), /^h+\no\nh\n/)
}

async function heartBeatOfPoll (target: Target) {
  const session = await openByPoll(target)
  const { request, response } = await begin(target, `${session}/xhr`, { ...POST, timeoutMs: LATE_MS })
  response.setEncoding('utf8')
  const [text] = await within(SOON_MS, 'the heart-beat', once(response, 'data'))
  assert.equal(text, 'h\n')
  request.destroy()
}

async function heartBeatOfSocket (target: Target) {
  const url = `${target.url.replace('http', 'ws')}${newSession()}/websocket`
  const { socket, messages } = await openSocket(target, { url })
  assert.equal(await within(SOON_MS, 'the open frame', messages.next()), 'o')
  const beat = Promise.race([messages.next(), once(socket, 'ping').then(() => 'ping')])
  return await within(LATE_MS, 'the heart-beat', beat)
}

async function timeOut (target: Target) {
  const session = await openByPoll(target)
  await sendByXhr(target, session, [connectFrame(target)])
  for (let status = 204; status !== 404;) {
    await pause(500, undefined, { signal: target.signal })
    status = await sendTo(target, session, '["\\n"]')
  }
}

async function leave (target: Target) {
  const session = newSession()
  const { request, response } = await begin(target, `${session}/xhr_streaming`, POST)
  await within(SOON_MS, 'the stream', once(response, 'data'))
  request.destroy()
  for (let status = 204; status !== 404;) {
    await pause(500, undefined, { signal: target.signal })
    status = await sendTo(target, session, '["\\n"]')
  }
}

async function many (target: Target) {
  await Promise.all(Array.from({ length: 50 }, async (_, i) => {
    await echo(target, await openSession(target, 'xhr_streaming'), `hello ${i}`)
  }))
  await echo(target, await openSockjsSocket(target), 'and one more')
}
