import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import t from 'tap'
import { startPage } from '../../src/demo/page.js'
import { CORS_WORDS, launchBrowser, openPage } from '../helper/browser.js'
import { startDemoProcess } from '../helper/demo-process.js'
import type { DemoProcess } from '../helper/demo-process.js'
import { KEPT_OUT, tryEveryDoor } from '../helper/every-door.js'

t.setTimeout(180_000) // a cold Chromium on a small machine takes its time

/** The words of the select, and the end of the path that each asks an instance for. */
const TRANSPORTS = [
  ['websocket', '…/websocket'],
  ['xhr-streaming', '…/xhr_streaming'],
  ['eventsource', '…/eventsource'],
  ['xhr-polling', '…/xhr']
] as const

const browser: Browser = await launchBrowser(t)
const demo: DemoProcess = await startDemoProcess(t)

const reaches = (page: Page, state: string) => page.locator(`#state[data-state="${state}"]`).waitFor()
const textOf = (page: Page, selector: string) => page.locator(selector).innerText()

/** Picks a transport, which starts an attempt at once, and waits for how that ends. */
async function pick (page: Page, transport: string, state: string) {
  await page.locator('#state[data-state="connecting"]').waitFor({ state: 'detached' })
  await page.selectOption('#transport', transport)
  await reaches(page, state)
}

async function say (page: Page, text: string) {
  await page.fill('#text', text)
  await page.click('#send')
}

const messageIn = (page: Page, text: string) => page.locator('#messages li', { hasText: text })

/** How often the gateway has refused the blocked page. The refusal of `marker` shows the log is complete. */
async function countRefusals (marker: string): Promise<number> {
  await fetch(`${demo.gatewayUrl}/stomp/ws-stomp/info`, { headers: { origin: marker } })
  await demo.logged(marker)
  return demo.log.filter(({ msg, origin }) => msg === 'origin refused' && origin === demo.blockedPage).length
}

t.test('a page on the list', async t => {
  const { page, said } = await openPage(browser, demo.allowedPage)
  const { page: other } = await openPage(browser, demo.allowedPage)
  await reaches(page, 'connected')
  await reaches(other, 'connected')

  for (const [transport, path] of TRANSPORTS) {
    t.test(`chats with another one over ${transport}`, async t => {
      async function opened () {
        const { requests } = await demo.instanceLog()
        return requests.filter(request => request.path === path).length
      }
      const before = await opened()
      await pick(page, transport, 'connected')
      t.equal(await textOf(page, '#used-transport'), transport)
      t.ok(await opened() > before, 'an instance was asked for this very transport')
      const instance = await textOf(page, '#instance')
      t.match(instance, /^[AB]$/)
      await say(page, `over ${transport}`)
      const arrived = messageIn(other, `over ${transport}`)
      await arrived.waitFor()
      t.equal(await arrived.locator('.via').innerText(), `${transport} · instance ${instance}`)
      await say(other, `back to ${transport}`)
      await messageIn(page, `back to ${transport}`).waitFor()
    })
  }

  t.test('takes the WebSocket when it may pick the transport itself', async t => {
    await pick(page, 'automatic', 'connected')
    t.equal(await textOf(page, '#used-transport'), 'websocket')
  })

  t.test('leaves and comes back by its button', async t => {
    await page.click('#toggle')
    await reaches(page, 'disconnected')
    t.ok(await page.locator('#text').isDisabled())
    await page.click('#toggle')
    await reaches(page, 'connected')
  })

  t.test('logs no error and needs nothing that its policy stops', async t => {
    t.strictSame(said, [])
  })

  t.test('is let in without the instances seeing an Origin', async t => {
    const { requests } = await demo.instanceLog()
    t.ok(requests.length > 0)
    t.strictSame(requests.filter(({ origin }) => origin !== null), [])
  })
})

t.test('the same page off the list', async t => {
  const { count: before } = await demo.instanceLog()
  const { page, said } = await openPage(browser, demo.blockedPage)
  const { page: allowed } = await openPage(browser, demo.allowedPage)
  await reaches(allowed, 'connected')
  const { count: withAllowed } = await demo.instanceLog()
  t.ok(withAllowed > before, 'the instances count what reaches them')

  for (const transport of ['automatic', ...TRANSPORTS.map(([name]) => name)]) {
    t.test(`is blocked on ${transport}, and says so`, async t => {
      if (transport !== 'automatic') await pick(page, transport, 'blocked')
      await reaches(page, 'blocked')
      t.equal(await textOf(page, '#blocked-title'), 'Blocked by CORS policy')
      t.match(await textOf(page, '#attempts'), /closed with 1002[^]*blocked[^]*refused before it opened/)
      t.equal(await textOf(page, '#used-transport'), '–')
      t.ok(await page.locator('#text').isDisabled())
    })
  }

  t.test('gets no message', async t => {
    await say(allowed, 'not for everybody')
    await messageIn(allowed, 'not for everybody').waitFor()
    t.equal(await page.locator('#messages li').count(), 0)
  })

  t.test('has the browser\'s own words in its console', async t => {
    t.match(said.join('\n'), CORS_WORDS)
    t.match(said.join('\n'), /WebSocket connection to .* failed: .*Unexpected response code: 403/)
    t.strictSame(said.filter(text => /Content Security Policy|uncaught/.test(text)), [])
  })

  t.test('shows a command that tells why', async t => {
    const [, origin = '', url = ''] = /^curl -i -H 'Origin: (\S+)' (\S+)$/.exec(await textOf(page, '#curl')) ?? []
    t.equal(origin, demo.blockedPage)
    const answer = await fetch(url, { headers: { origin } })
    t.equal(answer.status, 403)
    t.match(await answer.json(), { code: 'ERR_ORIGIN_NOT_ALLOWED' })
  })

  t.test('links to the page that is on the list', async t => {
    t.equal(await page.getAttribute('#allowed-page', 'href'), demo.allowedPage)
  })

  t.test('opens no door when it tries them one by one, without SockJS', async t => {
    const before = await countRefusals('http://before.test')
    const outcomes = await page.evaluate(tryEveryDoor(`${demo.gatewayUrl}/stomp/ws-stomp`))
    t.strictSame(outcomes, KEPT_OUT)
    t.equal(await countRefusals('http://after.test') - before, 8, 'each attempt was refused at the gateway')
  })

  t.test('causes no request to any instance', async t => {
    t.equal((await demo.instanceLog()).count, withAllowed)
  })
})

t.test('a page whose gateway is gone says that, and not that it is blocked', async t => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const gatewayUrl = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`
  closed.close()
  const server = await startPage({ port: 0 })
  t.teardown(() => server.close())
  server.configure({ gatewayUrl, pages: [server.origin] })
  const { page } = await openPage(browser, server.origin)
  await reaches(page, 'failed')
  t.equal(await textOf(page, '#blocked-title'), 'No connection')
  t.match(await textOf(page, '#blocked-reason'), `Nothing answers at ${gatewayUrl}`)
})
