import type { Test } from 'tap'
import type { Door } from '../../helper/door.js'
import { joinChat, nextChat, say } from './chat.js'
import type { Services } from './services.js'
import { openConnection, type StompConnection } from './stomp-connection.js'
import { createVisitor, fetchCsrf, logIn } from './visitor.js'

/** The simple broker takes patterns, and keeps answers to one user at `/queue/errors-user<session>`. */
const NOT_THEIRS = [
  '/queue/**', '/queue/errors*', '/queue/errors', '/**', '/*/*', '/{any}/**', '/topic/../queue/**',
  '/user/alice/queue/errors', '/user/**', '/user/queue/**'
]

/** Answers to one user: through the gateway as without it, nobody else reads them. */
export function testPrivateAnswers (t: Test, { direct, gateway, nginx }: Services): void {
  const ways = { 'straight at Spring': direct, 'through the gateway': gateway, 'through nginx and it': nginx }
  for (const [way, door] of Object.entries(ways)) {
    t.test(`a private answer reaches its user alone, ${way}`, async t => {
      const bob = await enter(t, door, 'bob', 'builder')
      const alice = await enter(t, door, 'alice', 'wonderland')
      const [his, hers] = [await bob(), await alice()]
      for (const connection of [his, hers]) await subscribe(connection, '/user/queue/errors')

      await hers.send('SEND', { destination: '/app/chat', 'content-type': 'application/json' }, '{"id":')
      const { command, headers, body } = await hers.next()
      t.same([command, headers.get('destination')], ['MESSAGE', '/user/queue/errors'])
      t.same(JSON.parse(body), { error: 'A message is JSON with id, from and text' })

      await say(hers, { id: 'last', from: 'alice', text: '' })
      t.match(await nextChat(his), { from: 'alice' }, 'that she has come')
      t.match(await nextChat(his), { id: 'last' }, 'and nothing between')
    })

    t.test(`a subscription to what another user may hear is answered by ERROR, ${way}`, async t => {
      const bob = await enter(t, door, 'bob', 'builder')
      for (const destination of NOT_THEIRS) {
        const connection = await bob()
        await subscribe(connection, destination)
        t.match(await refusal(connection), ['ERROR', /1002|1006/], destination)
      }
    })
  }
}

async function subscribe (connection: StompConnection, destination: string): Promise<void> {
  await connection.send('SUBSCRIBE', { id: 'more', destination })
}

/**
 * How a frame is refused; rejects when it is not. Spring closes with 1002 after its ERROR; but while another
 * of its threads is still sending what went before, it may break off with 1006, and the ERROR is lost.
 */
async function refusal (connection: StompConnection): Promise<unknown[]> {
  const how = await connection.ended()
  const command = await connection.next().then(({ command }) => command, () => 'ERROR')
  return [command, how]
}

/** Logs in; resolves with what opens one connection after the other, each in the chat. */
async function enter (
  t: Test, door: Door, username: string, password: string
): Promise<() => Promise<StompConnection>> {
  const visitor = createVisitor(door)
  await logIn(visitor, username, password)
  const { headerName, token } = await fetchCsrf(visitor)
  const headers = () => ({ origin: new URL(door.url).origin, cookie: visitor.cookie() })
  return async () => {
    const connection = await openConnection(t, door, 'websocket', { headers })
    await joinChat(connection, { [headerName]: token })
    return connection
  }
}
