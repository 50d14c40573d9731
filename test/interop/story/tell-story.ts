import t from 'tap'
import { launchBrowser } from '../../helper/browser.js'
import { fullStack, springChat, type SpringChat } from '../../helper/full-stack.js'
import { tomcatAccessLog } from '../../helper/tomcat-access-log.js'
import { allowedPage } from './allowed-page.js'
import { unlistedPage } from './unlisted-page.js'
import { withoutGateway } from './without-gateway.js'

/** The whole story in Chromium: React page -> nginx -> gateway -> two chat-services on this Spring Boot. */
export async function tellStory (boot: '4' | '3'): Promise<void> {
  t.setTimeout(420_000) // JVMs on a small machine, and four of their deaths
  await t.test(`the story on Spring Boot ${boot}`, async t => {
    const browser = await launchBrowser(t)
    const accessLog = await tomcatAccessLog(t)
    const { settings } = accessLog
    const stack = await fullStack(t, { boot, springSettings: settings })
    const restart = async ({ name, port }: SpringChat) => await springChat(t, { boot, name, port, settings })

    await t.test('the page on the list', async t => await allowedPage(t, { browser, stack, restart }))
    await t.test('the same page off the list', async t => await unlistedPage(t, { browser, stack, accessLog }))
    await t.test('the same page without the gateway', async t => await withoutGateway(t, { browser, boot }))
  })
}
