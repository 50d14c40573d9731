import t from 'tap'
import { launchBrowser } from '../../helper/browser.js'
import { builtPage } from '../../helper/built-page.js'
import { newVisitor, openChat } from '../../helper/chat-page.js'
import { freePort } from '../../helper/free-port.js'
import { gatewayInFront, nginxInFront, springChat } from '../../helper/full-stack.js'

t.setTimeout(240_000)

const SHOWN = 500
/** Browsers keep it from pages that come by plain http, but for those of localhost. */
const WITHOUT_RANDOM_UUID = 'delete Crypto.prototype.randomUUID'

t.test('the page in development, where React mounts each part twice', async t => {
  const browser = await launchBrowser(t)
  const spring = await springChat(t)
  const httpsPort = await freePort()
  const origin = `https://app.chat.localhost:${httpsPort}`
  const gateway = await gatewayInFront(t, { STOMP_UPSTREAMS: spring.url, ALLOWED_ORIGINS: origin })
  const url = `https://api.chat.localhost:${httpsPort}/stomp/ws-stomp`
  const outDir = await builtPage(t, { VITE_STOMP_URL: url, NODE_ENV: 'development' })
  await nginxInFront(t, { upstream: `127.0.0.1:${gateway.port}`, page: outDir, httpsPort })
  const visitor = await newVisitor(browser, 'a developer')
  await visitor.addInitScript(WITHOUT_RANDOM_UUID)
  const asked: string[] = []
  visitor.on('request', request => { asked.push(request.url().split('?')[0] ?? '') })
  const chat = await openChat(visitor, `${origin}/?url=https://evil.localhost:${httpsPort}/stomp/ws-stomp`)
  await chat.settles('connected')

  t.test('connects once, and where it was built to', async t => {
    t.strictSame(asked.filter(url => !url.startsWith(`${origin}/`)), [`${url}/info`])
  })

  t.test('shows a message once', async t => {
    await chat.say('once')
    await chat.hears('once')
    await chat.say('and again')
    await chat.hears('and again')
    t.strictSame((await chat.messages()).map(({ text }) => text), ['once', 'and again'])
  })

  t.test('gives each message an id of its own, also without crypto.randomUUID', async t => {
    t.equal(await chat.page.evaluate('typeof crypto.randomUUID'), 'undefined')
    const [once, again] = await chat.messages()
    t.match(once?.id, /^\d+(?:-\d+){3}$/)
    t.not(again?.id, once?.id)
  })

  t.test(`keeps the last ${SHOWN} messages`, async t => {
    await chat.page.evaluate(typeMessages(SHOWN))
    await chat.hears(`message ${SHOWN}`)
    const texts = (await chat.messages()).map(({ text }) => text)
    t.equal(texts.length, SHOWN)
    t.equal(texts[0], 'message 1')
  })

  t.test('takes nothing for markup', async t => {
    await chat.say('<img src=x onerror="document.title = 1">')
    await chat.hears('<img src=x onerror="document.title = 1">')
    t.equal(await chat.page.locator('#messages img').count(), 0)
  })

  t.test('has labels for whoever cannot see it', async t => {
    await chat.page.getByLabel('Transport').selectOption('xhr-streaming')
    await chat.settles('connected', 3)
    await chat.page.getByRole('button', { name: 'Send' }).waitFor()
    t.equal(await chat.page.getByRole('list', { name: 'Messages' }).count(), 1)
    t.equal(await chat.page.getByRole('textbox', { name: /^guest-/ }).count(), 1)
  })

  t.test('says nothing in its console', async t => {
    t.strictSame(chat.said.filter(text => !text.includes('React DevTools')), [])
  })
})

/** A script for the page that writes so many messages, faster than hands do. */
function typeMessages (count: number): string {
  return `(async () => {
    const input = document.querySelector('#text')
    const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value') // React has put its own on it
    for (let i = 1; i <= ${count}; i++) {
      set.call(input, 'message ' + i)
      input.dispatchEvent(new Event('input', { bubbles: true }))
      await null // React renders in a microtask
      input.form.requestSubmit()
      await null
    }
  })()`
}
