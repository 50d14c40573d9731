import type { Browser } from 'playwright-core'
import type { Test } from 'tap'
import { newVisitor, openChat, TRANSPORTS, type ChatPage } from '../../helper/chat-page.js'
import type { Gateway, SpringChat, Stack } from '../../helper/full-stack.js'

/** The name of the allowed page's browser in the access logs. */
export const ALLOWED_VISITOR = 'a page on the list'

const MESSAGES = 100

interface Story {
  browser: Browser
  stack: Stack
  /** Starts an instance that was killed once more, on its port. */
  restart: (spring: SpringChat) => Promise<SpringChat>
}

/** The page on the allow-list: it chats on every transport, and survives the death of its instance. */
export async function allowedPage (t: Test, { browser, stack, restart }: Story): Promise<void> {
  const chat = await openChat(await newVisitor(browser, ALLOWED_VISITOR), stack.page)
  await chat.settles('connected')
  const { springs } = stack

  t.test('takes the WebSocket when SockJS may choose', async t => {
    t.equal(await chat.page.locator('#used-transport').innerText(), 'websocket')
  })

  for (const transport of TRANSPORTS) {
    t.test(`sends ${MESSAGES} messages over ${transport}: each arrives once, in order`, async t => {
      await chat.pick(transport, 'connected')
      t.equal(await chat.page.locator('#used-transport').innerText(), transport)
      const { instance } = await hear(chat, `${transport} begins`)
      const other = await neighbour(stack, browser, instance)
      t.teardown(() => other.context.close())

      const sent = Array.from({ length: MESSAGES }, (_, i) => `${transport} message ${i + 1}`)
      for (const text of sent) await chat.say(text)
      const { about } = await hear(chat, `${transport} ends`)
      await other.hears(`${transport} ends`)
      const expected = [...sent, `${transport} ends`]
      t.strictSame(await texts(chat, `${transport} message`), sent)
      t.strictSame((await texts(other, transport)).slice(-expected.length), expected, 'and at another user')
      t.match(about, new RegExp(`^guest-\\d+ · ${instance}$`))
    })
  }

  for (const transport of TRANSPORTS) {
    t.test(`comes back by itself over ${transport} when its instance is killed`, async t => {
      await chat.pick(transport, 'connected')
      const { instance } = await hear(chat, `${transport} before`)
      const index = springs.findIndex(({ name }) => name === instance)
      const [dying, staying] = [springs[index], springs[1 - index]]
      const { length } = await chat.states()
      await dying!.child.kill()
      await chat.settles('connected', length)
      t.strictSame(await chat.states(length), ['reconnecting', 'connected'])
      t.equal(await chat.page.locator('#used-transport').innerText(), transport)

      const after = await hear(chat, `${transport} after`)
      t.equal(after.instance, staying!.name, 'the other one took over')
      await hear(chat, `${transport} at last`)
      const all = (await texts(chat, transport)).slice(-3)
      t.strictSame(all, [`${transport} before`, `${transport} after`, `${transport} at last`])

      springs[index] = await restart(dying!)
      await isFound(stack.gateway, springs[index])
    })
  }

  t.test('shows no message twice', async t => {
    const ids = (await chat.messages()).map(({ id }) => id)
    t.equal(new Set(ids).size, ids.length)
  })

  t.test('leaves and comes back by its button', async t => {
    await chat.page.click('#toggle')
    await chat.settles('disconnected')
    t.ok(await chat.page.locator('#text').isDisabled())
    const { length } = await chat.states()
    await chat.page.click('#toggle')
    await chat.settles('connected', length)
    await hear(chat, 'back again')
    t.equal((await texts(chat, 'back again')).length, 1)
  })

  t.test('has nothing in its console but its lost connections', async t => {
    const unexpected = chat.said.filter(text => /CORS|uncaught|Content Security Policy/.test(text))
    t.strictSame(unexpected, [])
  })
}

async function hear (chat: ChatPage, text: string) {
  await chat.say(text)
  return await chat.hears(text)
}

async function texts (chat: ChatPage, prefix: string): Promise<string[]> {
  return (await chat.messages(prefix)).map(({ text }) => text)
}

/**
 * Another user on the same instance: Spring's simple broker lives in one. It polls, as the session id
 * decides about its instance then, and each new session is another throw of the coin.
 */
async function neighbour (stack: Stack, browser: Browser, instance: string): Promise<ChatPage> {
  const chat = await openChat(await newVisitor(browser, 'a neighbour'), stack.page)
  await chat.pick('xhr-polling', 'connected')
  for (let attempt = 1; attempt <= 30; attempt++) {
    if ((await hear(chat, `I am new here, ${attempt}`)).instance === instance) return chat
    const { length } = await chat.states()
    await chat.page.click('#toggle')
    await chat.settles('disconnected', length)
    await chat.page.click('#toggle')
    await chat.settles('connected', length + 1)
  }
  throw new Error(`30 sessions in a row met another instance than ${instance}`)
}

/** Resolves when the gateway asks this instance again. */
async function isFound (gateway: Gateway, { name }: SpringChat): Promise<void> {
  const end = Date.now() + 45_000
  for (;;) {
    const { instance } = await (await fetch(`${gateway.url}/stomp/whoami`)).json() as { instance: string }
    if (instance === name) return
    const last = gateway.child.output().slice(-5_000)
    if (Date.now() > end) throw new Error(`the gateway does not find ${name}:\n${last}`)
    await new Promise(resolve => setTimeout(resolve, 100)) // the gateway tells nobody
  }
}
