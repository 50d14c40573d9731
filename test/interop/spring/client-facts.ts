import type { Test } from 'tap'
import { ask, type Door } from '../../helper/door.js'
import type { LoggedRequest } from '../../helper/tomcat-access-log.js'
import { endBySpring, joinChat, nextChat, say } from './chat.js'
import type { Services } from './services.js'
import { openConnection } from './stomp-connection.js'
import { TRANSPORTS } from './wire.js'

const LIES = {
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-proto': 'http',
  'x-forwarded-host': 'evil.test:1',
  'x-forwarded-port': '2',
  'x-forwarded-prefix': '/evil',
  'x-forwarded-ssl': 'off',
  'x-real-ip': '203.0.113.9',
  forwarded: 'for=203.0.113.9;proto=http;host=evil.test'
}

/** Who Spring thinks is asking, and for what. */
export function testClientFacts (t: Test, { nginx, gateway, edge, accessLog }: Services): void {
  const client = { ...nginx, address: '127.0.0.2' }
  const { host, hostname, port } = new URL(nginx.url)
  const truth = { address: '127.0.0.2', scheme: 'https', host: hostname, port: Number(port) }

  t.test('Spring sees the true client address, https and the public host', async t => {
    t.hasStrict(await whoAmI(client), truth)
    t.hasStrict(await whoAmI(nginx), { ...truth, address: '127.0.0.1' }, 'of a client at home as well')
  })

  t.test('no forwarding header of a client changes that', async t => {
    t.hasStrict(await whoAmI(client, LIES), truth)
    const { hostname: name, port } = new URL(gateway.url)
    t.hasStrict(await whoAmI({ ...gateway, address: '127.0.0.2' }, LIES), {
      address: '127.0.0.2', scheme: 'http', host: name, port: Number(port)
    }, 'nor at the gateway, which trusts 127.0.0.1 alone')
  })

  t.test('each request of each transport says the same of the client', async t => {
    for (const transport of TRANSPORTS) {
      const marker = `facts-of-${transport.replace(' ', '-')}`
      const headers = () => ({ 'x-marker': marker, 'x-forwarded-for': '203.0.113.9' })
      const connection = await openConnection(t, client, transport, { headers })
      await joinChat(connection)
      await say(connection, { id: '1', from: 'anyone', text: '' })
      const { instance } = await nextChat(connection)
      await endBySpring(connection)
      const isMine = (request: LoggedRequest) => request.marker === marker
      // What opened it is logged last.
      await accessLog.until(marker, request => isMine(request) && !request.path.endsWith('/xhr_send'))
      for (const request of (await accessLog.requests()).filter(isMine)) {
        t.hasStrict(request, { instance, forwardedFor: '127.0.0.2', forwardedProto: 'https', forwardedHost: host })
      }
    }
  })

  t.test('http leads a page to https, and the API is not had by http', async t => {
    const page = new URL(nginx.url)
    const http = `http://app.chat.localhost:${edge.httpPort}`
    t.match(await ask({ url: http }, '/some?page'), {
      status: 301, headers: { location: `https://app.chat.localhost:${page.port}/some?page` }
    })
    t.equal((await ask({ url: `http://${hostname}:${edge.httpPort}` }, '/stomp/whoami')).status, 421)
  })
}

async function whoAmI (door: Door, headers: Record<string, string> = {}): Promise<unknown> {
  return JSON.parse((await ask(door, '/whoami', { headers })).text)
}
