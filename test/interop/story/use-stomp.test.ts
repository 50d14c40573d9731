import t, { type Test } from 'tap'
import type { Page, Route } from 'playwright-core'
import { encodeFrame } from '../../../src/demo/stomp-frame.js'
import { launchBrowser } from '../../helper/browser.js'
import { builtPage } from '../../helper/built-page.js'
import { newVisitor, openChat } from '../../helper/chat-page.js'
import { freePort } from '../../helper/free-port.js'
import { gatewayInFront, nginxInFront } from '../../helper/full-stack.js'
import { createInbox } from '../../helper/inbox.js'
import { sockjsInstance, type SockjsInstance, type SockjsPeer } from '../../helper/sockjs-instance.js'

t.setTimeout(240_000)

const PATIENCE_MS = 30_000
/** After this much of the page's time it has given up to wait for CONNECTED. */
const GIVES_UP_MS = 30_000

/** Keeps how each fetch of the page ended. */
const COUNT_FETCHES = `
  window.fetched = []
  const { fetch } = window
  window.fetch = (...asked) => fetch(...asked).then(
    answer => { fetched.push(answer.type); return answer },
    error => { fetched.push('failed'); throw error }
  )`

/** The test is the chat-service here: it answers when, and if, the test says so. */
t.test('useStomp, with a chat-service that takes its time', async t => {
  const browser = await launchBrowser(t)
  const service = await sockjsInstance(t)
  const httpsPort = await freePort()
  const origin = `https://app.chat.localhost:${httpsPort}`
  const gateway = await gatewayInFront(t, { STOMP_UPSTREAMS: service.url, ALLOWED_ORIGINS: origin })
  const outDir = await builtPage(t, { VITE_STOMP_URL: `https://api.chat.localhost:${httpsPort}/stomp/echo` })
  await nginxInFront(t, { upstream: `127.0.0.1:${gateway.port}`, page: outDir, httpsPort })
  const visit = async (t: Test, name: string) => {
    const visitor = await newVisitor(browser, name)
    t.teardown(() => visitor.close())
    return visitor
  }

  t.test('tries again when CONNECT is never answered', async t => {
    const visitor = await visit(t, 'a patient page')
    await visitor.clock.install()
    const chat = await openChat(visitor, origin)
    const first = await asksToConnect(service)
    await chat.settles('connecting')
    const { length } = await chat.states()
    await visitor.clock.fastForward(GIVES_UP_MS)
    const second = await asksToConnect(service)
    await bounded(first.closed, 'the end of the connection that was given up')
    answer(second, 'CONNECTED', [['version', '1.2']])
    await chat.settles('connected')
    t.strictSame(await chat.states(length), ['reconnecting', 'connected'])
  })

  t.test('is told nothing by a client that was left while it connected', async t => {
    const visitor = await visit(t, 'a page in two minds')
    const chat = await openChat(visitor, origin)
    await asksToConnect(service)
    await chat.settles('connecting')
    const { length } = await chat.states()
    await chat.page.selectOption('#transport', 'xhr-polling')
    answer(await asksToConnect(service), 'CONNECTED', [['version', '1.2']])
    await chat.settles('connected')
    t.strictSame(await chat.states(length), ['connected'])
  })

  t.test('is told nothing of a refusal that was still being looked into when it was left', async t => {
    const visitor = await visit(t, 'a page off the list')
    await visitor.addInitScript(COUNT_FETCHES)
    const asked = createInbox<Route>() // SockJS asks by XMLHttpRequest, what looks into the refusal by fetch
    await visitor.route(/\/info(?:\?|$)/, async route => {
      if (route.request().resourceType() === 'fetch') asked.push(route)
      else await route.continue()
    })
    const chat = await openChat(visitor, `https://evil.localhost:${httpsPort}`)
    await (await bounded(asked.next(), 'a request that reads /info')).continue()
    const opaque = await bounded(asked.next(), 'a request that only asks for /info')
    await chat.settles('connecting')
    const { length } = await chat.states()
    await chat.page.click('#toggle')
    await chat.settles('disconnected', length)
    await opaque.continue()
    await chat.page.waitForFunction('fetched.join() === "failed,opaque"')
    await nextFrames(chat.page)
    t.strictSame(await chat.states(length), ['disconnected'])
  })

  t.test('is told nothing by a connection that it has left', async t => {
    const chat = await openChat(await visit(t, 'a page that leaves'), origin)
    const peer = await asksToConnect(service)
    answer(peer, 'CONNECTED', [['version', '1.2']])
    const subscription = headerOf(await says(peer, 'SUBSCRIBE'), 'id')
    const body = JSON.stringify({ id: '1', from: 'anyone', text: 'in time', instance: 'chat-1' })
    const message = Object.entries({ subscription, 'message-id': '1', destination: '/topic/chat' })
    answer(peer, 'MESSAGE', message, body)
    await chat.hears('in time')
    const { length } = await chat.states()

    await chat.page.click('#toggle')
    const receipt = headerOf(await says(peer, 'DISCONNECT'), 'receipt')
    answer(peer, 'MESSAGE', message, body.replace('in time', 'too late'))
    answer(peer, 'ERROR', [['message', 'too late as well']])
    answer(peer, 'RECEIPT', [['receipt-id', receipt]])
    await bounded(peer.closed, 'the end of the connection') // the page ends it, and has read all by then
    await nextFrames(chat.page)
    t.strictSame((await chat.messages()).map(({ text }) => text), ['in time'])
    t.equal(await chat.page.locator('#error').count(), 0)
    t.strictSame(await chat.states(length), ['disconnected'])
  })
})

/** The next connection, once it has sent CONNECT. */
async function asksToConnect (service: SockjsInstance): Promise<SockjsPeer> {
  const peer = await bounded(service.peers.next(), 'a connection')
  await says(peer, 'CONNECT')
  return peer
}

/** Resolves with the next frame of the page, which is to be this one. */
async function says (peer: SockjsPeer, command: string): Promise<string> {
  const frame = await bounded(peer.messages.next(), command)
  if (!frame.startsWith(`${command}\n`)) throw new Error(`in place of ${command} the page sent ${frame}`)
  return frame
}

function headerOf (frame: string, name: string): string {
  const [, value] = new RegExp(`^${name}:(.+)$`, 'm').exec(frame) ?? []
  if (value === undefined) throw new Error(`no ${name} in ${frame}`)
  return value
}

function answer (
  { connection }: SockjsPeer, command: string, headers: Array<[string, string]>, body?: string
): void {
  connection.write(encodeFrame(command, headers, body))
}

/** Resolves when the page has shown what it has been told. */
async function nextFrames (page: Page): Promise<void> {
  await page.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))')
}

async function bounded<T> (awaited: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${PATIENCE_MS} ms`)), PATIENCE_MS)
  })
  try {
    return await Promise.race([awaited, late])
  } finally {
    clearTimeout(timer)
  }
}
