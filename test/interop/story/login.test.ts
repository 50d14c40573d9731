import type { BrowserContext } from 'playwright-core'
import t from 'tap'
import { launchBrowser, openPage } from '../../helper/browser.js'
import { builtPage } from '../../helper/built-page.js'
import { newVisitor, openChat } from '../../helper/chat-page.js'
import { freePort } from '../../helper/free-port.js'
import { gatewayInFront, nginxInFront, springChat } from '../../helper/full-stack.js'
import { tomcatAccessLog, type LoggedRequest } from '../../helper/tomcat-access-log.js'

t.setTimeout(240_000)

const WITH_COOKIES = ['websocket', 'xhr-streaming', 'xhr-polling']

t.test('a chat-service with Spring Security', async t => {
  const browser = await launchBrowser(t)
  const accessLog = await tomcatAccessLog(t)
  // One instance: its sessions are in its memory, and no other knows them.
  const settings = { ...accessLog.settings, 'spring.lifecycle.timeout-per-shutdown-phase': '1s' }
  const spring = await springChat(t, { secured: true, settings })
  const httpsPort = await freePort()
  const page = `https://app.chat.localhost:${httpsPort}`
  const api = `https://api.chat.localhost:${httpsPort}`
  const gateway = await gatewayInFront(t, {
    STOMP_UPSTREAMS: spring.url, ALLOWED_ORIGINS: page, PUBLIC_ORIGINS: api, TRUST_PROXY: '127.0.0.1'
  })
  const outDir = await builtPage(t, { VITE_STOMP_URL: `${api}/stomp/ws-stomp`, VITE_CSRF_URL: `${api}/stomp/csrf` })
  await nginxInFront(t, { upstream: `127.0.0.1:${gateway.port}`, page: outDir, httpsPort })
  const visitor = await newVisitor(browser, 'Alice')
  const chat = await openChat(visitor, page)

  t.test('keeps the page out until its user has logged in', async t => {
    await chat.settles('reconnecting')
    t.notOk((await chat.states()).includes('refused'), 'its origin is not what is wrong')
    await accessLog.until('a 401', ({ path, status }) => path === '/ws-stomp/info' && status === '401')
    const cookies = await visitor.cookies(`${api}/stomp/`)
    t.strictSame(cookies, [], 'no session is made for it: its cookie could replace the one of a login meanwhile')
  })

  t.test('shows its login form to who comes by its address, or by a link of any page', async t => {
    const { page: typed } = await openPage(visitor, `${api}/stomp/login`)
    t.ok(await typed.locator('input[name="username"]').isVisible())
    await typed.close()
    const links = [[page, 'same-site'], [`https://evil.localhost:${httpsPort}`, 'cross-site']] as const
    for (const [from, site] of links) {
      const { page: form, status, headers } = await followLink(visitor, from, `${api}/stomp/login`)
      t.match([status, headers], [200, { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' }])
      t.ok(await form.locator('input[name="username"]').isVisible(), site)
      await form.close()
    }
  })

  t.test('takes the login form, sent by the browser', async t => {
    const { page: form, said } = await followLink(visitor, page, `${api}/stomp/login`)
    await form.fill('input[name="username"]', 'alice')
    await form.fill('input[name="password"]', 'wonderland')
    await form.click('button[type="submit"]')
    await accessLog.until('the login', ({ method, path, status }) =>
      method === 'POST' && path === '/login' && status === '302')
    await form.waitForURL(url => url.pathname !== '/stomp/login', { waitUntil: 'commit' })
    t.notMatch(form.url(), /error/)
    t.ok(form.url().startsWith(`${api}/stomp/`), 'the redirect leads back through the gateway')
    t.notMatch(said.join('\n'), /CORS/)
    await form.close()
  })

  t.test('lets the page in by itself then', async () => {
    await chat.settles('connected')
  })

  let session: string | undefined
  for (const transport of WITH_COOKIES) {
    t.test(`chats as the user who is logged in over ${transport}`, async t => {
      const cookies = await visitor.cookies(`${api}/stomp/`)
      session = cookies.find(({ name }) => name === 'JSESSIONID')?.value
      await chat.pick(transport, 'connected')
      t.equal(await chat.page.locator('#used-transport').innerText(), transport)
      await chat.say(`over ${transport}`)
      t.equal((await chat.hears(`over ${transport}`)).about, `alice · ${spring.name}`)
    })
  }

  t.test('is not let in over eventsource: sockjs-client sends no cookie with it to another origin', async t => {
    await chat.pick('eventsource', 'reconnecting')
    const { status, jsessionid } = await accessLog.until('an eventsource', askedFor('eventsource'))
    t.equal(status, '401')
    t.equal(jsessionid, '-')
  })

  t.test('gets the cookie that it set with every request of the other transports', async t => {
    // A stream is logged when it ends, and a client that leaves ends it only when Tomcat next writes to it.
    await spring.child.stop(30_000)
    const requests = (await accessLog.requests())
      .filter(({ path }) => path.startsWith('/ws-stomp/') && !path.endsWith('/eventsource'))
    const afterLogin = requests.filter(({ status }) => status !== '401')
    t.strictSame(afterLogin.filter(({ jsessionid }) => jsessionid !== session), [])
    for (const end of ['info', 'websocket', 'xhr_streaming', 'xhr', 'xhr_send']) {
      t.ok(afterLogin.some(askedFor(end)), end)
    }
  })
})

/** Opens the page at `from` and clicks a link to `url` on it; resolves with what was asked and answered. */
async function followLink (visitor: BrowserContext, from: string, url: string) {
  const { page, said } = await openPage(visitor, from)
  const link = `<a id="to-api" href="${url}">to the API</a>`
  await page.evaluate(`document.body.insertAdjacentHTML('beforeend', '${link}')`)
  const answering = page.waitForResponse(url)
  await page.click('#to-api')
  const answer = await answering
  await page.waitForURL(url)
  return { page, said, status: answer.status(), headers: await answer.request().allHeaders() }
}

function askedFor (end: string) {
  return ({ path }: LoggedRequest) => path.endsWith(`/${end}`)
}
