import { randomUUID } from 'node:crypto'
import type { Agent } from 'node:http'
import type { Test } from 'tap'
import { agentFor, ask } from '../../helper/door.js'
import { joinChat, nextChat, say } from './chat.js'
import type { Boot, Services } from './services.js'
import { openConnection, type StompConnection } from './stomp-connection.js'

const SESSIONS_AN_INSTANCE = 3
const MESSAGES = 50
/** More sessions than are needed by any but the worst luck of the hash: 2^-30. */
const MAX_SESSIONS = 40

/** SockJS sessions over plain HTTP whose requests come by ever other connections. */
export function testKeepAlive (t: Test, plain: Services, boot: Boot): void {
  for (const transport of ['xhr', 'xhr_streaming'] as const) {
    t.test(`sessions over ${transport} lose nothing, whatever connections their requests come by`, async t => {
      const door = { ...plain.nginx, address: '127.0.0.2' }
      const kept = [agentFor(door, { keepAlive: true }), agentFor(door, { keepAlive: true })]
      t.teardown(() => { for (const agent of kept) agent.destroy() })
      let turn = 0
      const agent = (): Agent => kept[turn++ % 3] ?? agentFor(door)
      // A lie that changes with each request: the address that Spring is told must not.
      const headers = () => ({ 'x-forwarded-for': `203.0.113.${turn % 250}`, origin: plain.page })

      const sessions: Array<{ connection: StompConnection, instance: string }> = []
      const on = (instance: string) => sessions.filter(session => session.instance === instance)
      while (on('chat-1').length < SESSIONS_AN_INSTANCE || on('chat-2').length < SESSIONS_AN_INSTANCE) {
        if (sessions.length === MAX_SESSIONS) throw new Error('the hash prefers one instance')
        const connection = await openConnection(t, door, transport, { agent, headers })
        await joinChat(connection)
        await say(connection, { id: 'where', from: 'anyone', text: '' })
        sessions.push({ connection, instance: (await nextChat(connection)).instance })
      }
      await Promise.all(sessions.map(({ connection, instance }) => talk(t, connection, instance)))
    })
  }

  t.test(boot === '4'
    ? 'straight at Spring 7 a session whose X-Forwarded-For changes is answered 404'
    : 'straight at Spring 6 a session is bound to no address', async t => {
    const base = `/ws-stomp/000/${randomUUID()}`
    const post = async (path: string, address: string, body = '') =>
      (await ask(plain.direct, `${base}${path}`, { method: 'POST', body, headers: { 'x-forwarded-for': address } })).status
    t.equal(await post('/xhr', '203.0.113.1'), 200)
    const beat = JSON.stringify(['\n'])
    t.equal(await post('/xhr_send', '203.0.113.1', beat), 204)
    t.equal(await post('/xhr_send', '203.0.113.2', beat), boot === '4' ? 404 : 204)
    t.equal(await post('/xhr_send', '203.0.113.1', beat), 204)
  })
}

/** Sends one after the other, as SockJS does, and reads back its own: complete, in order, of one instance. */
async function talk (t: Test, connection: StompConnection, instance: string): Promise<void> {
  const from = randomUUID()
  const statuses: number[] = []
  const send = async () => {
    for (let n = 0; n < MESSAGES; n++) {
      statuses.push(await say(connection, { id: String(n), from, text: `message ${n}` }))
    }
  }
  const receive = async () => {
    const received = []
    while (received.length < MESSAGES) {
      const message = await nextChat(connection) // others talk, too
      if (message.from === from) received.push(message)
    }
    return received
  }
  const [received] = await Promise.all([receive(), send()])
  t.same(statuses, Array(MESSAGES).fill(204))
  t.same(received, Array.from({ length: MESSAGES }, (_, n) => ({ id: String(n), from, text: `message ${n}`, instance })))
}
