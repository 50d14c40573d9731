import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { IFrame, IStompSocket } from '@stomp/stompjs'
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

t.test('chats over a native WebSocket, with the STOMP version that the instance picks', async t => {
  const broker = createBroker()
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'v11.stomp' })
  t.teardown(() => server.close())
  server.on('connection', socket => {
    const write = (text: string) => socket.send(text)
    const close = (code: number, reason: string) => socket.close(code, reason)
    const session = openStompSession({ write, close }, { broker, server: 'native/1.0' })
    socket.on('message', data => session.receive(String(data))).on('close', () => session.end())
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { url } = await listen(t, { STOMP_UPSTREAMS: `http://127.0.0.1:${port}` })
  const sockets: WebSocket[] = []
  const chatter = await connectChat(t, `${url.replace('http', 'ws')}/stomp/ws`, {
    webSocketFactory: () => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/stomp/ws`, ['v12.stomp', 'v11.stomp', 'v10.stomp'])
      sockets.push(socket)
      return socket as unknown as IStompSocket
    }
  })
  t.equal(sockets[0]!.protocol, 'v11.stomp')
  await chat(t, chatter)
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
