import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Versions, type IFrame, type IStompSocket } from '@stomp/stompjs'
import t from 'tap'
import type { Test } from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { createBroker } from '../../src/demo/broker.js'
import { openStompSession } from '../../src/demo/stomp-session.js'
import { listen } from '../helper/build.js'
import { connectChat, receipt, startChat, subscribe, type ChatClient } from '../helper/chat.js'

const ORIGIN = 'https://app.example.com'

/** 100 messages in order, each confirmed, then a DISCONNECT that is confirmed, too. */
async function chat (t: Test, { client }: ChatClient): Promise<void> {
  const next = await subscribe(client, '/topic/room')
  const all = Array.from({ length: 100 }, (_, i) => receipt(client, `sent-${i}`))
  for (let i = 0; i < 100; i++) {
    client.publish({ destination: '/topic/room', body: `${i} Grüße 🙂`, headers: { receipt: `sent-${i}` } })
  }
  const bodies: string[] = []
  for (let i = 0; i < 100; i++) bodies.push((await next()).body)
  t.same(bodies, Array.from({ length: 100 }, (_, i) => `${i} Grüße 🙂`))
  await Promise.all(all)
  const left = new Promise<IFrame>(resolve => { client.onDisconnect = resolve })
  await client.deactivate()
  t.equal((await left).command, 'RECEIPT')
}

for (const transport of ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling']) {
  t.test(`chats over ${transport} before two instances: 100 messages in order, every receipt`, async t => {
    const services = await startChat(t, ['A', 'B'])
    const { app, url } = await listen(t, { STOMP_UPSTREAMS: services.map(({ url }) => url).join() })
    const chatter = await connectChat(t, `${url}/stomp/ws-stomp`, { transports: transport })
    t.equal(chatter.transport, transport)
    t.match(chatter.connected.headers, { version: '1.2', server: /^gatehouse-demo-[AB]/ })
    await chat(t, chatter)
    t.notOk(app.pool.instances.some(({ failures }) => failures > 0))
  })
}

t.test('chats over websocket with the Origin of an allowed page, which no instance sees', async t => {
  const [service] = await startChat(t, ['A'])
  const { url } = await listen(t, { STOMP_UPSTREAMS: service!.url, ALLOWED_ORIGINS: ORIGIN })
  const options = { transportOptions: { websocket: { headers: { Origin: ORIGIN } } } }
  const chatter = await connectChat(t, `${url}/stomp/ws-stomp`, { transports: 'websocket', options: options as object })
  t.equal(chatter.transport, 'websocket')
  await chat(t, chatter)
  const { requests } = await (await fetch(`${service!.url}/requests`)).json() as { requests: Array<{ path: string, origin: unknown }> }
  t.same(requests.filter(({ path }) => path === '…/websocket').map(({ origin }) => origin), [null])
})

t.test('opens nothing over websocket for a page that is not allowed', async t => {
  const [service] = await startChat(t, ['A'])
  const { url } = await listen(t, { STOMP_UPSTREAMS: service!.url, ALLOWED_ORIGINS: ORIGIN })
  const options = { transportOptions: { websocket: { headers: { Origin: 'https://evil.test' } } } }
  await t.rejects(connectChat(t, `${url}/stomp/ws-stomp`, { transports: 'websocket', options: options as object }),
    { message: 'closed: 2000 All transports failed' })
  const { requests } = await (await fetch(`${service!.url}/requests`)).json() as { requests: Array<{ path: string }> }
  t.same(requests.map(({ path }) => path), ['…/info'])
})

const OFFERED = ['v12.stomp', 'v11.stomp', 'v10.stomp']

/** STOMP over bare WebSocket behind a gateway: the instance chooses this subprotocol whatever is offered. */
async function serveNative (t: Test, chosen: string | false) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => chosen })
  t.teardown(() => server.close())
  const broker = createBroker()
  const offers: Array<string | undefined> = []
  server.on('connection', (socket, request) => {
    offers.push(request.headers['sec-websocket-protocol'])
    const write = (text: string) => socket.send(text)
    const close = (code: number, reason: string) => socket.close(code, reason)
    const session = openStompSession({ write, close }, { broker, server: 'native/1.0' })
    socket.on('message', data => session.receive(String(data))).on('close', () => session.end())
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { url } = await listen(t, { STOMP_UPSTREAMS: `http://127.0.0.1:${port}`, ALLOWED_ORIGINS: ORIGIN })
  return { url: `${url.replace('http', 'ws')}/stomp/ws`, offers }
}

/** A native WebSocket, as a page on the list opens it. */
function nativeSocket (url: string, protocols: string[]) {
  const socket = new WebSocket(url, protocols, { origin: ORIGIN })
  return { socket, webSocketFactory: () => socket as unknown as IStompSocket }
}

for (const chosen of OFFERED) {
  t.test(`chats over a native WebSocket, and the client sees that the instance chose ${chosen}`, async t => {
    const { url, offers } = await serveNative(t, chosen)
    const { socket, webSocketFactory } = nativeSocket(url, Versions.default.protocolVersions())
    await chat(t, await connectChat(t, url, { webSocketFactory }))
    t.equal(socket.protocol, chosen)
    t.same(offers, [OFFERED.join()], 'the offer of the client, as it was')
  })
}

t.test('chooses no subprotocol where the instance chooses none', async t => {
  const { url, offers } = await serveNative(t, false)
  const { socket, webSocketFactory } = nativeSocket(url, OFFERED)
  const failed = once(socket, 'error') as Promise<[Error]>
  await t.rejects(connectChat(t, url, { webSocketFactory }), { message: 'closed: 1006 ' })
  t.equal((await failed)[0].message, 'Server sent no subprotocol', 'the client itself gives up, as browsers do')
  t.same(offers, [OFFERED.join()])
})

t.test('chats over a native WebSocket that offers no subprotocol', async t => {
  const { url, offers } = await serveNative(t, false)
  const { socket, webSocketFactory } = nativeSocket(url, [])
  await chat(t, await connectChat(t, url, { webSocketFactory }))
  t.equal(socket.protocol, '')
  t.same(offers, [undefined])
})

t.test('lets clients of different transports and instances hear each other', async t => {
  const services = await startChat(t, ['A', 'B'])
  const { url } = await listen(t, { STOMP_UPSTREAMS: services.map(({ url }) => url).join() })
  const one = await connectChat(t, `${url}/stomp/ws-stomp`, { transports: 'websocket' })
  const other = await connectChat(t, `${url}/stomp/ws-stomp`, { transports: 'xhr-polling' })
  const next = await subscribe(other.client, '/topic/room')
  one.client.publish({ destination: '/topic/room', body: 'hello' })
  t.equal((await next()).body, 'hello')
})
