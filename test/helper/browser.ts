import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext } from 'playwright-core'
import type { Test } from 'tap'

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
/** No sandbox: it needs rights that CI containers do not give. No traffic of the browser's own. */
const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'
]

/** What Chromium says in the console when CORS keeps an answer from the page. */
export const CORS_WORDS = /has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present/

/** A headless Chromium with a profile of its own; it ends with the test. A machine without one fails the
 *  test: a browser suite that is passed over says nothing. */
export async function launchBrowser (t: Test): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(`No Chromium at ${CHROMIUM}: apt-get install -y chromium, or set CHROMIUM_PATH`)
  }
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS })
  t.teardown(() => browser.close())
  return browser
}

/** A page at `url` and what its console has said so far. */
export async function openPage (browser: Browser | BrowserContext, url: string) {
  const page = await browser.newPage()
  page.setDefaultTimeout(15_000)
  const said: string[] = []
  page.on('console', message => said.push(message.text()))
  page.on('pageerror', error => said.push(`uncaught: ${error.message}`))
  await page.goto(url)
  return { page, said }
}
