import type { Test } from 'tap'
import { ask } from '../../helper/door.js'
import type { LoggedRequest, TomcatAccessLog } from '../../helper/tomcat-access-log.js'
import { endBySpring, joinChat, nextChat, say } from './chat.js'
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
      const isMine = (request: LoggedRequest) => request.authorization === authorization
      const seen = await logged(secured.accessLog, expected, isMine)
      t.same([...new Set(seen.map(asked))].sort(), [...expected].sort(), transport)
      for (const request of seen) {
        t.hasStrict(request, { cookie, origin: '-' })
        t.match(request.status, /^(?:101|20[04])$/)
      }
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
      const seen = await logged(plain.accessLog, REQUESTS[transport], request => request.cookie === cookie)
      t.same([...new Set(seen.map(asked))].sort(), REQUESTS[transport], transport)
      for (const request of seen) t.hasStrict(request, { instance, origin: '-' })
    }
  })
}

/** The requests that are `isMine`, once all that are expected are among them. */
async function logged (
  accessLog: TomcatAccessLog, expected: readonly string[], isMine: (request: LoggedRequest) => boolean
): Promise<LoggedRequest[]> {
  for (const one of expected) await accessLog.until(one, request => isMine(request) && asked(request) === one)
  return (await accessLog.requests()).filter(isMine)
}

function asked ({ method, path }: LoggedRequest): string {
  return `${method} ${path.replace(/(?<=^\/ws-stomp\/000\/)[^/]+/, '#')}`
}
