import { installPage } from './page.js'
import { buildSpringChat } from './spring.js'

const VARIANTS = [{ boot: '4' }, { boot: '3' }, { boot: '4', secured: true }, { boot: '3', secured: true }]

/**
 * Makes what the stack is started from, one after another, where it is missing or out of date: chat-services
 * by Maven, and the packages of the page by npm.
 * @param {{ all?: boolean, say: (line: string) => void, signal?: AbortSignal }} options `all` makes all four
 *   chat-services, else the one on Spring Boot 4 is made; `say` is told what is next; `signal` ends it
 * @returns {Promise<void>}
 */
export async function buildParts ({ all = false, say, signal }) {
  for (const { boot, secured = false } of all ? VARIANTS : VARIANTS.slice(0, 1)) {
    say(`chat-service on Spring Boot ${boot}${secured ? ', secured' : ''}`)
    await buildSpringChat({ boot, secured, signal })
  }
  say('packages of the page')
  await installPage({ signal })
}
