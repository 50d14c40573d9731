import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openPage } from './browser.js'

/** SockJS' transports that a browser of today has, as the page's select names them. */
export const TRANSPORTS = ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling'] as const

/** A message in the page's list. */
export interface ShownMessage {
  id: string
  instance: string
  /** Sender and instance, as the user reads them. */
  about: string
  text: string
}

/** examples/react-client in a browser, as its user sees it. */
export interface ChatPage {
  context: BrowserContext
  page: Page
  /** What the console has said so far. */
  said: string[]
  /** Every state it has gone through, from `since` on. */
  states: (since?: number) => Promise<string[]>
  /** Resolves when the last of its states, `since` at least, is this one. */
  settles: (state: string, since?: number) => Promise<void>
  /** Picks a transport and waits for what comes of it. */
  pick: (transport: string, state: string) => Promise<void>
  /** Types a text and sends it. */
  say: (text: string) => Promise<void>
  /** Resolves with the first message of this very text. */
  hears: (text: string) => Promise<ShownMessage>
  /** The messages whose text begins so, as they stand in the list. */
  messages: (prefix?: string) => Promise<ShownMessage[]>
}

/** What a page may take on a machine that starts JVMs meanwhile. */
const PATIENCE_MS = 45_000

/** Keeps each state of the page, also one that is gone before anybody looks. */
const KEEP_STATES = `
  window.states = []
  new MutationObserver(() => {
    const state = document.querySelector('#state')?.dataset.state
    if (state && state !== states.at(-1)) states.push(state)
  }).observe(document, { subtree: true, childList: true, attributes: true })`

const READ_MESSAGES = `[...document.querySelectorAll('#messages li')].map(item => ({
  id: item.dataset.id,
  instance: item.dataset.instance,
  about: item.querySelector('.about').textContent,
  text: item.querySelector('.text').textContent
}))`

/** A context of its own: no cookie of another page, any certificate, and `userAgent` in every request. */
export async function newVisitor (browser: Browser, userAgent: string): Promise<BrowserContext> {
  return await browser.newContext({ ignoreHTTPSErrors: true, userAgent })
}

/** Opens the page at `url` and waits for nothing. It ends with its context, and that with the browser. */
export async function openChat (context: BrowserContext, url: string): Promise<ChatPage> {
  await context.addInitScript(KEEP_STATES)
  const { page, said } = await openPage(context, url)
  page.setDefaultTimeout(PATIENCE_MS)

  const states = async (since = 0) => await page.evaluate<string[]>(`states.slice(${since})`)
  const messages = async (prefix = '') =>
    (await page.evaluate<ShownMessage[]>(READ_MESSAGES)).filter(({ text }) => text.startsWith(prefix))

  async function settles (state: string, since = 0) {
    const isThere = `states.length > ${since} && states.at(-1) === ${JSON.stringify(state)}`
    await page.waitForFunction(isThere).catch(cause => fail(`The page is not ${state}`, cause))
  }

  async function fail (what: string, cause: unknown): Promise<never> {
    const [seen, shown] = [await states(), (await messages()).slice(-5).map(({ text }) => text)]
    throw new Error(`${what}. Its states: ${seen.join()}. Its last messages: ${shown.join()}. Its console:\n${said.join('\n')}`, { cause })
  }

  async function pick (transport: string, state: string) {
    const { length } = await states()
    await page.selectOption('#transport', transport)
    await settles(state, length)
  }

  async function say (text: string) {
    await page.locator('#text:enabled').focus()
    await page.keyboard.insertText(text)
    await page.keyboard.press('Enter')
  }

  async function hears (text: string): Promise<ShownMessage> {
    const item = page.locator('#messages .text').getByText(text, { exact: true }).first()
    await item.waitFor({ state: 'attached' }).catch(cause => fail(`The page does not show "${text}"`, cause))
    const [message] = (await messages(text)).filter(found => found.text === text)
    if (message === undefined) throw new Error(`"${text}" has left the list`)
    return message
  }

  return { context, page, said, states, settles, pick, say, hears, messages }
}
