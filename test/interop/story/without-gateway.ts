import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { CORS_WORDS } from '../../helper/browser.js'
import { builtPage } from '../../helper/built-page.js'
import { newVisitor, openChat, TRANSPORTS } from '../../helper/chat-page.js'
import { ask } from '../../helper/door.js'
import { freePort } from '../../helper/free-port.js'
import { nginxInFront, springChat } from '../../helper/full-stack.js'

/**
 * The story before the gateway: the same page and nginx, and a Spring right behind it. It fails there, which
 * shows that whoever chats in the other tests does so because of the gateway.
 */
export async function withoutGateway (
  t: Test, { browser, boot }: { browser: Browser, boot: '4' | '3' }
): Promise<void> {
  const settings = { 'server.servlet.context-path': '/stomp' }
  const spring = await springChat(t, { boot, name: 'chat-alone', settings })
  const httpsPort = await freePort()
  const page = `https://app.chat.localhost:${httpsPort}`
  const url = `https://api.chat.localhost:${httpsPort}/stomp/ws-stomp`
  const outDir = await builtPage(t, { VITE_STOMP_URL: url })
  const nginx = await nginxInFront(t, { upstream: `127.0.0.1:${spring.port}`, page: outDir, httpsPort })
  const info = async (headers: Record<string, string>) =>
    await ask({ url, ca: nginx.certificate }, '/info', { headers })

  t.test('Spring answers who names no origin', async t => {
    const { status, text } = await info({})
    t.equal(status, 200)
    t.match(JSON.parse(text), { websocket: true })
  })

  t.test('Spring refuses the page\'s origin, without a CORS header', async t => {
    const { status, headers, text } = await info({ origin: page })
    t.equal(status, 403)
    t.equal(text, 'Invalid CORS request')
    t.equal(headers['access-control-allow-origin'], undefined)
  })

  t.test('the page fails on every transport', async t => {
    const chat = await openChat(await newVisitor(browser, 'a page of the story'), page)
    await chat.settles('refused')
    const answers = await overheard(chat.page)
    for (const transport of TRANSPORTS) await chat.pick(transport, 'refused')
    t.notOk((await chat.states()).includes('connected'))
    const refusals = answers.filter(({ statusCode }) => statusCode === 403)
    t.ok(refusals.length >= TRANSPORTS.length, 'Spring answered, and the browser kept it from the page')
    t.notMatch(JSON.stringify(refusals), /access-control-allow-origin/i)
    t.match(chat.said.join('\n'), CORS_WORDS)
    await chat.context.close()
  })
}

interface Answer { statusCode: number, headers: Record<string, string> }

/** Every answer from now on, as it came: Playwright itself tells of none that CORS keeps from the page. */
async function overheard (page: Page): Promise<Answer[]> {
  const answers: Answer[] = []
  const devtools = await page.context().newCDPSession(page)
  devtools.on('Network.responseReceivedExtraInfo', answer => { answers.push(answer) })
  await devtools.send('Network.enable')
  return answers
}
