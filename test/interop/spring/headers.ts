import type { Test } from 'tap'
import type { AccessLine } from './access-log.js'
import { endBySpring, joinChat, nextChat, say } from './chat.js'
import { ask } from './door.js'
import type { Services } from './services.js'
import { openConnection } from './stomp-connection.js'
import { createVisitor, fetchCsrf, logIn } from './visitor.js'
import { TRANSPORTS, type Transport } from './wire.js'

/** What each transport asks for; `#` stands for a SockJS session. */
const REQUESTS: Readonly<Record<Transport, readonly string[]>> = {
  websocket: ['GET /ws-stomp/000/#/websocket'],
  'raw websocket': ['GET /ws-stomp/websocket'],
  xhr_streaming: ['POST /ws-stomp/000/#/xhr_send', 'POST /ws-stomp/000/#/xhr_streaming'],
  eventsource: ['GET /ws-stomp/000/#/eventsource', 'POST /ws-stomp/000/#/xhr_send'],
  xhr: ['POST /ws-stomp/000/#/xhr', 'POST /ws-stomp/000/#/xhr_send']
}

/** Cookies and Authorization of a page of another origin, on the whole way to chat-services. */
export function testHeaders (t: Test, secured: Services, plain: Services): void {
  t.test('the session cookie and Authorization reach Spring on every transport, and an Origin on none', async t => {
    const visitor = createVisitor(secured.nginx)
    const answer = await logIn(visitor, 'alice', 'wonderland')
    t.match(answer.headers['set-cookie'], [/^JSESSIONID=[0-9A-F]{32};/], 'Set-Cookie comes back')
    const { headerName, token } = await fetchCsrf(visitor)
    const cookie = `theme=dark; ${visitor.cookie()}; lang=ko`
    for (const transport of TRANSPORTS) {
      const authorization = `Bearer ${transport.replace(' ', '-')}`
      const headers = { origin: secured.page, cookie, authorization }
      const info = await ask(secured.nginx, '/ws-stomp/info', { headers })
      t.match(info, { status: 200, headers: { 'access-control-allow-origin': secured.page } })
      const connection = await openConnection(t, secured.nginx, transport, { headers: () => headers })
      await joinChat(connection, { [headerName]: token })
      await endBySpring(connection)
      const expected = ['GET /ws-stomp/info', ...REQUESTS[transport]]
      const mine = (lines: AccessLine[]) => lines.filter(line => line.authorization === authorization)
      const seen = mine(await secured.logs[0]!.until(lines => expected.every(request =>
        mine(lines).some(line => requestOf(line) === request))))
      t.same([...new Set(seen.map(requestOf))].sort(), [...expected].sort(), transport)
      for (const line of seen) t.match(line, { cookie, origin: '-', status: /^(?:101|20[04])$/ })
    }
  })

  t.test("sockjs-client's JSESSIONID=dummy reaches Spring as well", async t => {
    for (const transport of TRANSPORTS) {
      const cookie = `JSESSIONID=dummy; transport=${transport.replace(' ', '-')}`
      const headers = { origin: plain.page, cookie }
      const connection = await openConnection(t, plain.nginx, transport, { headers: () => headers })
      await joinChat(connection)
      const id = transport
      await say(connection, { id, from: 'dummy', text: '안녕' })
      const { instance, ...message } = await nextChat(connection)
      t.same(message, { id, from: 'dummy', text: '안녕' })
      await endBySpring(connection)
      const mine = (lines: AccessLine[]) => lines.filter(line => line.cookie === cookie)
      const log = plain.logs[plain.springs.findIndex(({ name }) => name === instance)]!
      const seen = mine(await log.until(lines => REQUESTS[transport].every(request =>
        mine(lines).some(line => requestOf(line) === request))))
      t.same([...new Set(seen.map(requestOf))].sort(), REQUESTS[transport], transport)
      for (const line of seen) t.equal(line.origin, '-')
    }
  })
}

function requestOf ({ method, path }: AccessLine): string {
  return `${method} ${path.replace(/(?<=^\/ws-stomp\/000\/)[^/]+/, '#')}`
}
