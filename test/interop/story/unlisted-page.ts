import type { Browser } from 'playwright-core'
import type { Test } from 'tap'
import { CORS_WORDS } from '../../helper/browser.js'
import { newVisitor, openChat, TRANSPORTS } from '../../helper/chat-page.js'
import { KEPT_OUT, tryEveryDoor } from '../../helper/every-door.js'
import type { Stack } from '../../helper/full-stack.js'
import type { TomcatAccessLog } from '../../helper/tomcat-access-log.js'
import { ALLOWED_VISITOR } from './allowed-page.js'

const VISITOR = 'a page off the list'

interface Story { browser: Browser, stack: Stack, accessLog: TomcatAccessLog }

/** The same page off the list: refused on every transport and at every door, and no instance hears of it. */
export async function unlistedPage (t: Test, { browser, stack, accessLog }: Story): Promise<void> {
  const chat = await openChat(await newVisitor(browser, VISITOR), stack.evilPage)

  for (const transport of ['automatic', ...TRANSPORTS]) {
    t.test(`is refused on ${transport}, and says so`, async t => {
      if (transport === 'automatic') await chat.settles('refused')
      else await chat.pick(transport, 'refused')
      t.equal(await chat.page.locator('#used-transport').innerText(), '–')
      t.ok(await chat.page.locator('#text').isDisabled())
      t.equal(await chat.page.locator('#curl').innerText(),
        `curl -i -H 'Origin: ${stack.evilPage}' ${stack.stompUrl}/info`)
    })
  }

  t.test('has the browser\'s own words in its console', async t => {
    t.match(chat.said.join('\n'), CORS_WORDS)
  })

  t.test('stays out when it tries the doors one by one, without SockJS', async t => {
    await chat.page.click('#toggle') // its own attempts end, and are not counted among these
    await chat.settles('disconnected')
    const before = await countRefusals(stack, 'https://before.test')
    t.strictSame(await chat.page.evaluate(tryEveryDoor(stack.stompUrl)), KEPT_OUT)
    t.equal(await countRefusals(stack, 'https://after.test') - before, 8, 'each was refused at the gateway')
    t.match(chat.said.join('\n'), /WebSocket connection to .* failed: .*Unexpected response code: 403/)
  })

  t.test('is in no access log of the instances', async t => {
    await chat.context.close()
    for (const { name, url } of stack.springs) {
      await fetch(`${url}/whoami`, { headers: { 'user-agent': `marker of ${name}` } })
      await accessLog.until(`the marker of ${name}`, ({ userAgent }) => userAgent === `marker of ${name}`)
    }
    const requests = await accessLog.requests()
    t.ok(requests.some(({ userAgent }) => userAgent === ALLOWED_VISITOR), 'the page on the list is')
    t.strictSame(requests.filter(({ userAgent }) => userAgent === VISITOR), [])
  })
}

/** How often the gateway has refused this page. The refusal of `marker` shows that its log is complete. */
async function countRefusals ({ gateway, evilPage }: Stack, marker: string): Promise<number> {
  await fetch(`${gateway.url}/stomp/ws-stomp/info`, { headers: { origin: marker } })
  const refusalsOf = (refused: string) =>
    gateway.log().filter(({ msg, origin }) => msg === 'origin refused' && origin === refused).length
  const end = Date.now() + 10_000
  while (refusalsOf(marker) === 0) {
    if (Date.now() > end) throw new Error(`no refusal of ${marker}:\n${gateway.child.output().slice(-5_000)}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return refusalsOf(evilPage)
}
