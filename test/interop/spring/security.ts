import type { Test } from 'tap'
import { ask, type Door } from '../../helper/door.js'
import type { Exchanged } from '../../helper/exchange.js'
import { joinChat, nextChat, say } from './chat.js'
import type { Services } from './services.js'
import { openConnection, type StompConnection } from './stomp-connection.js'
import { metadataOfNavigation, metadataOfScript } from './fetch-metadata.js'
import { createVisitor, fetchCsrf, logIn, loginToken, type CsrfToken, type Visitor } from './visitor.js'
import { TRANSPORTS, type Transport } from './wire.js'

/** What came of each step. */
type Outcomes = Record<string, unknown>

/** Form login, CSRF token and logout: through the gateway as without it. The last test stops the service. */
export function testSecurity (t: Test, services: Services): void {
  t.test('login, CONNECT with its CSRF token and logout go through the gateway as without it', async t => {
    const direct = await visit(t, services.direct, services.page)
    t.match(direct, EXPECTED, 'straight at Spring')
    t.same(await visit(t, services.gateway, services.page), direct, 'through the gateway')
    t.same(await visit(t, services.nginx, services.page), direct, 'through nginx and the gateway')
  })

  t.test('a login form posted by a page of another origin is refused, and Spring sees nothing of it', async t => {
    const { nginx, springs, accessLog, page } = services
    const posted: Array<{ origin: string, cookie: string, outcome: unknown[] }> = []
    for (const origin of [new URL(nginx.url).origin, page, 'https://evil.localhost', 'null', `${nginx.url}/`]) {
      const visitor = createVisitor(nginx)
      const _csrf = await loginToken(visitor)
      const cookie = visitor.cookie()
      const { status, headers, text } = await visitor.post('/login', { ...ALICE, _csrf }, origin)
      posted.push({ origin, cookie, outcome: [status, headers.location ?? JSON.parse(text).code] })
    }
    await springs[0]!.child.stop() // Tomcat logs a request after it has answered it: now all are there
    const seen = (await accessLog.requests()).filter(({ method }) => method === 'POST').map(({ cookie }) => cookie)
    for (const [index, { origin, cookie, outcome }] of posted.entries()) {
      const isAllowed = index < 2
      t.same(outcome, isAllowed ? [302, `${nginx.url}/`] : [403, 'ERR_ORIGIN_NOT_ALLOWED'], origin)
      t.equal(seen.includes(cookie), isAllowed, `${origin}: ${isAllowed ? 'seen' : 'not seen'} by Spring`)
    }
  })
}

const REFUSED = { command: 'ERROR', message: /^Failed to send message to ExecutorSubscribableChannel/, how: /1002/ }
const ALICE = { username: 'alice', password: 'wonderland' }
const TEXT = '안녕, <rabbit> & "hole"'
const CHATTED = {
  version: '1.2', user: 'alice', message: { id: '1', from: 'alice', text: TEXT, instance: 'chat-1' }
}

/** What the steps are to come to at Spring itself, so that none passes by failing everywhere. */
const EXPECTED = {
  'a page without a login': { status: 302, location: '<door>/login' },
  'SockJS without a login': Object.fromEntries(TRANSPORTS.map(name => [name, `${name} answered 401`])),
  'a wrong password': { status: 302, location: '<door>/login?error' },
  'a login without its token': { status: 403 },
  login: { status: 302, location: '<door>/whoami?continue', cookies: ['JSESSIONID; Path=/; Secure; HttpOnly'] },
  'the page after the login': 200,
  ...Object.fromEntries(TRANSPORTS.map(name => [name, {
    'without a token': refusalOn(name), 'with a wrong token': refusalOn(name), 'with the token': CHATTED
  }])),
  logout: {
    answer: { status: 302, location: '<door>/login?logout' },
    'an open WebSocket': /^1008 /,
    'an xhr_send of before': 401,
    page: { status: 302, location: '<door>/login' },
    info: 401
  }
}

function refusalOn (transport: Transport): Outcomes {
  return transport === 'xhr' ? { command: 'ERROR' } : REFUSED
}

/** The whole visit by one door, which begins with links on the page of another origin. */
async function visit (t: Test, door: Door, page: string): Promise<Outcomes> {
  const visitor = createVisitor(door)
  const told = (answer: Exchanged) => tell(door, answer)
  const outcomes: Outcomes = {
    'a page without a login': told(await visitor.get('/whoami', page)),
    'SockJS without a login': await refusals(t, door),
    'the login form': told(await visitor.get('/login', page)),
    'a wrong password': told(await logIn(visitor, 'alice', 'guessed')),
    'a login without its token': told(await visitor.post('/login', ALICE)),
    login: told(await logIn(visitor, ALICE.username, ALICE.password)),
    'the page after the login': (await visitor.get('/whoami', ownOrigin(door))).status
  }
  const csrf = await fetchCsrf(visitor)
  for (const transport of TRANSPORTS) {
    outcomes[transport] = await connectThrice(t, door, visitor, csrf, transport)
  }
  outcomes.logout = await logOut(t, door, visitor, csrf)
  return { ...outcomes, token: [csrf.headerName, csrf.parameterName] }
}

async function refusals (t: Test, door: Door): Promise<Outcomes> {
  const headers = metadataOfScript(door.url, ownOrigin(door))
  const { status } = await ask(door, '/ws-stomp/info', { headers })
  const outcomes: Outcomes = { info: status }
  for (const transport of TRANSPORTS) {
    const opened = openConnection(t, door, transport, { headers: () => headers })
    outcomes[transport] = await opened.then(() => 'open', (error: Error) => error.message)
  }
  return outcomes
}

async function connectThrice (
  t: Test, door: Door, visitor: Visitor, { headerName, token }: CsrfToken, transport: Transport
): Promise<Outcomes> {
  const open = () => openConnection(t, door, transport, { headers: () => pageHeaders(door, visitor) })
  const refused = async (headers: Record<string, string>) => {
    const connection = await open()
    const status = await connection.send('CONNECT', { 'accept-version': '1.2', host: 'chat', ...headers })
    if (transport === 'xhr') {
      // Spring forgets what waits for a poll when it ends the session, and how it tells the end depends on
      // the moment, too.
      await connection.ended()
      return { status, command: await connection.next().then(({ command }) => command, () => 'ERROR') }
    }
    const { command, headers: said, body } = await connection.next()
    return { status, command, message: said.get('message'), body, how: await connection.ended() }
  }
  const connection = await open()
  const outcomes = {
    'without a token': await refused({}),
    'with a wrong token': await refused({ [headerName]: `${token.slice(0, -4)}AAAA` }),
    'with the token': await chatted(connection, { [headerName]: token })
  }
  connection.leave()
  return outcomes
}

/** Whatever a client says of its name, `from` is who is logged in. */
async function chatted (connection: StompConnection, headers: Record<string, string>): Promise<Outcomes> {
  const connected = await joinChat(connection, headers)
  await say(connection, { id: '1', from: 'mallory', text: TEXT })
  return {
    version: connected.get('version'), user: connected.get('user-name'), message: await nextChat(connection)
  }
}

async function logOut (t: Test, door: Door, visitor: Visitor, csrf: CsrfToken): Promise<Outcomes> {
  const headers = pageHeaders(door, visitor) // as they are before
  const metadata = metadataOfNavigation(door.url, ownOrigin(door))
  const navigation = { cookie: visitor.cookie(), accept: 'text/html', ...metadata }
  const [socket, polled] = [
    await openConnection(t, door, 'websocket', { headers: () => headers }),
    await openConnection(t, door, 'xhr', { headers: () => headers })
  ]
  for (const connection of [socket, polled]) await joinChat(connection, { [csrf.headerName]: csrf.token })
  const answer = await visitor.post('/logout', { [csrf.parameterName]: csrf.token })
  return {
    answer: tell(door, answer),
    'an open WebSocket': await socket.ended(),
    'an xhr_send of before': await say(polled, { id: '2', from: 'alice', text: 'still here?' }),
    page: tell(door, await ask(door, '/whoami', { headers: navigation })),
    info: (await ask(door, '/ws-stomp/info', { headers })).status
  }
}

function ownOrigin ({ url }: Door): string {
  return new URL(url).origin
}

/** What a page of the door's own origin sends along. */
function pageHeaders (door: Door, visitor: Visitor): Record<string, string> {
  const origin = ownOrigin(door)
  return { origin, cookie: visitor.cookie(), ...metadataOfScript(door.url, origin) }
}

/** Status, where it leads, and each cookie without its value, alike for all doors. */
function tell (door: Door, { status, headers, text }: Exchanged): Outcomes {
  const { location, 'set-cookie': cookies = [] } = headers
  const base = (absolute: string) => absolute.replace(door.url, '<door>')
  const action = /<form[^>]* action="([^"]+)"/.exec(text)?.[1]
  return {
    status,
    ...(location !== undefined && { location: base(new URL(location, door.url).href) }),
    ...(action !== undefined && { action: base(new URL(action, door.url).href) }),
    ...(cookies.length > 0 && { cookies: cookies.map(line => line.replace(/=[^;]*/, '')) })
  }
}
