import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { Client } from '@stomp/stompjs'
import type { IFrame, StompConfig } from '@stomp/stompjs'
import SockJS from 'sockjs-client'
import t from 'tap'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { createBroker } from '../../src/demo/broker.js'
import { startChatService } from '../../src/demo/chat-service.js'
import type { ChatService, RequestLog } from '../../src/demo/chat-service.js'
import { receipt, subscribe } from '../helper/chat.js'
import { rawSocket } from '../helper/raw-socket.js'
import { DISCONNECT_DELAY_MS } from '../helper/sockjs-instance.js'

interface Closed { code: number, reason: string }
type Options = Partial<Parameters<typeof startChatService>[0]>

const TRANSPORTS = ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling']

/** An instance that ends with the test. Sessions without a poll are given up at once, not after 5 s. */
async function serve (t: Test, { sockjs, ...options }: Options = {}): Promise<ChatService> {
  const service = await startChatService({
    name: 'A', broker: createBroker(), ...options, sockjs: { disconnect_delay: DISCONNECT_DELAY_MS, ...sockjs }
  })
  t.teardown(() => service.close())
  return service
}

/** A connected client over one SockJS transport, with its CONNECTED frame and the transport really in use. */
async function connectClient (t: Test, service: ChatService, transport: string, config: StompConfig = {}) {
  const socket = new SockJS(`${service.url}/ws-stomp`, undefined, { transports: transport })
  const client = new Client({ webSocketFactory: () => socket, reconnectDelay: 0, ...config })
  t.teardown(() => client.deactivate({ force: true }))
  const connected = await new Promise<IFrame>((resolve, reject) => {
    client.onConnect = resolve
    client.onWebSocketClose = event => reject(new Error(`closed: ${event.code} ${event.reason}`))
    client.activate()
  })
  return { client, connected, transport: (socket as unknown as { transport: string }).transport }
}

async function listRequests (service: ChatService): Promise<RequestLog> {
  return await (await fetch(`${service.url}/requests`)).json() as RequestLog
}

for (const transport of TRANSPORTS) {
  t.test(`speaks STOMP over ${transport}: connect, subscribe, send, receipt, disconnect`, async t => {
    const service = await serve(t)
    const { client, connected, transport: used } = await connectClient(t, service, transport)
    t.equal(used, transport)
    t.match(connected.headers, { version: '1.2', server: 'gatehouse-demo-A/1.0' })
    const next = await subscribe(client, '/topic/room')
    const sent = receipt(client, 'sent')
    for (let i = 0; i < 20; i++) {
      client.publish({ destination: '/topic/room', body: `${i} Grüße 🙂\0`, headers: { 'x-a': 'b:c' } })
    }
    client.publish({ destination: '/topic/other', body: 'not for this one', headers: { receipt: 'sent' } })
    for (let i = 0; i < 20; i++) {
      const message = await next()
      t.equal(message.body, `${i} Grüße 🙂\0`)
      t.equal(message.headers['x-a'], 'b:c')
    }
    await sent
    const left = new Promise<IFrame>(resolve => { client.onDisconnect = resolve })
    await client.deactivate()
    t.equal((await left).command, 'RECEIPT')
  })

  t.test(`shows a refused frame as ERROR and a closed connection over ${transport}`, async t => {
    const { client } = await connectClient(t, await serve(t), transport)
    const error = new Promise<IFrame>(resolve => { client.onStompError = resolve })
    const closed = new Promise<Closed>(resolve => { client.onWebSocketClose = resolve })
    client.publish({ destination: '/queue/a', body: 'x' })
    t.match((await error).headers, { message: 'a destination is /topic/ and a name' })
    t.match(await closed, { code: 1002, reason: 'STOMP error' })
  })

  t.test(`exchanges heart-beats over ${transport}`, async t => {
    const { client } = await connectClient(t, await serve(t, { heartBeatMs: 50 }), transport,
      { heartbeatIncoming: 50, heartbeatOutgoing: 50 })
    let received = 0
    const third = new Promise<void>(resolve => {
      client.onHeartbeatReceived = () => { if (++received === 6) resolve() }
    })
    await third // six periods: the instance gives up a client that is silent for three
    t.ok(client.connected)
  })
}

t.test('ends a client that promised heart-beats and sends none', async t => {
  const service = await serve(t, { heartBeatMs: 20 })
  const socket = new SockJS(`${service.url}/ws-stomp`, undefined, { transports: 'websocket' })
  const closed = new Promise<Closed>(resolve => { socket.onclose = resolve })
  socket.onopen = () => socket.send('CONNECT\naccept-version:1.2\nheart-beat:20,0\n\n\0')
  t.match(await closed, { code: 1002, reason: 'no heart-beat' })
})

t.test('carries messages between two instances that share a broker', async t => {
  const broker = createBroker()
  const [a, b] = [await serve(t, { name: 'A', broker }), await serve(t, { name: 'B', broker })]
  const here = await connectClient(t, a, 'websocket')
  const there = await connectClient(t, b, 'xhr-polling')
  t.equal(there.connected.headers.server, 'gatehouse-demo-B/1.0')
  const next = await subscribe(there.client, '/topic/room')
  here.client.publish({ destination: '/topic/room', body: 'across' })
  t.equal((await next()).body, 'across')
})

t.test('does not find the session of another instance in the same process', async t => {
  const [a, b] = [await serve(t, { name: 'A' }), await serve(t, { name: 'B' })]
  const poll = async ({ url }: ChatService) =>
    await (await fetch(`${url}/ws-stomp/000/samesession/xhr`, { method: 'POST' })).text()
  t.equal(await poll(a), 'o\n', 'opened')
  t.equal(await poll(b), 'o\n', 'opened afresh, not continued')
  const sent = await fetch(`${a.url}/ws-stomp/000/samesession/xhr_send`, { method: 'POST', body: '["BEGIN\\n\\n\\u0000"]' })
  t.equal(sent.status, 204)
  t.match(await poll(a), /first frame has to be CONNECT/)
})

t.test('ends the raw WebSocket at a frame that is no STOMP, with the code its library takes', async t => {
  const service = await serve(t)
  const socket = new WebSocket(`${service.url.replace('http', 'ws')}/ws-stomp/websocket`)
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  socket.send('GARBAGE\n\n\0')
  const [code, reason] = await once(socket, 'close')
  t.same([code, String(reason)], [4002, 'STOMP error'])
})

t.test('speaks STOMP on the raw WebSocket, in text and in binary messages', async t => {
  const service = await serve(t)
  const socket = new WebSocket(`${service.url}/ws-stomp/websocket`)
  await once(socket, 'open')
  socket.send('CONNECT\naccept-version:1.2\n\n\0')
  t.match(String((await once(socket, 'message'))[0]), /^CONNECTED\n/)
  socket.send(Buffer.from('SUBSCRIBE\nid:1\ndestination:/topic/a\nreceipt:1\n\n\0'))
  t.match(String((await once(socket, 'message'))[0]), /^RECEIPT\n/)
  socket.send('DISCONNECT\n\n\0')
  t.equal((await once(socket, 'close'))[0], 1000)
})

t.test('survives frames that are batched behind one that ends the session', async t => {
  const service = await serve(t)
  const socket = new WebSocket(`${service.url}/ws-stomp/000/batch/websocket`)
  const messages: string[] = []
  socket.on('message', data => messages.push(String(data)))
  const closed = once(socket, 'close')
  await once(socket, 'open')
  socket.send(JSON.stringify(['SHOUT\n\n\0', 'SHOUT\n\n\0', null, 42]))
  await closed
  t.equal(messages.filter(message => message.includes('ERROR')).length, 1)
  t.equal((await fetch(`${service.url}/ws-stomp/info`)).status, 200, 'the process lives')
})

t.test('ends the subscriptions of a client that vanishes', async t => {
  const broker = createBroker()
  let noteEnd = () => {}
  const ended = new Promise<void>(resolve => { noteEnd = resolve })
  const watched = {
    ...broker,
    subscribe (...subscription: Parameters<typeof broker.subscribe>) {
      const unsubscribe = broker.subscribe(...subscription)
      return () => {
        unsubscribe()
        noteEnd()
      }
    }
  }
  const { client } = await connectClient(t, await serve(t, { broker: watched }), 'websocket')
  await subscribe(client, '/topic/room')
  t.equal(broker.publish('/topic/room', { headers: new Map(), body: '' }), 1)
  client.forceDisconnect()
  await ended
  t.equal(broker.publish('/topic/room', { headers: new Map(), body: '' }), 0)
})

t.test('lists the requests that came in, with their Origin and without session ids', async t => {
  const service = await serve(t)
  await fetch(`${service.url}/ws-stomp/info?t=1`)
  await fetch(`${service.url}/ws-stomp/000/secretsession/xhr`, { method: 'POST', headers: { origin: 'http://a.test' } })
  const socket = new WebSocket(`${service.url}/ws-stomp/000/secretsocket/websocket`)
  await once(socket, 'open')
  socket.terminate()
  t.strictSame(await listRequests(service), {
    name: 'A',
    count: 3,
    requests: [
      { method: 'GET', path: '…/info', origin: null },
      { method: 'POST', path: '…/xhr', origin: 'http://a.test' },
      { method: 'GET', path: '…/websocket', origin: null }
    ]
  })
})

t.test('counts all requests and keeps the last hundred only', async t => {
  const service = await serve(t)
  for (let i = 0; i < 101; i++) await fetch(`${service.url}/number-${i}`)
  const { count, requests } = await listRequests(service)
  t.equal(count, 101)
  t.equal(requests.length, 100)
  t.equal(requests[0]?.path, '…/number-1')
})

t.test('answers 404 to requests and upgrades elsewhere', async t => {
  const service = await serve(t)
  t.equal((await fetch(`${service.url}/other`)).status, 404)
  const upgrade = request(`${service.url}/other`, { headers: { connection: 'upgrade', upgrade: 'websocket' } }).end()
  const [response] = await once(upgrade, 'response')
  t.equal(response.statusCode, 404)
})

t.test('names no script from elsewhere in the iframe pages', async t => {
  const service = await serve(t)
  const page = await (await fetch(`${service.url}/ws-stomp/iframe.html`)).text()
  t.match(page, 'src="/sockjs.min.js"')
  t.notMatch(page, /https?:\/\//)
})

t.test('ends its listener and every connection when it is closed', async t => {
  const service = await serve(t)
  const { client } = await connectClient(t, service, 'websocket')
  const polling = await connectClient(t, service, 'xhr-polling')
  const closed = [client, polling.client].map(client =>
    new Promise<Closed>(resolve => { client.onWebSocketClose = resolve }))
  await service.close()
  await Promise.all(closed)
  const [error] = await once(connect(Number(new URL(service.url).port), '127.0.0.1'), 'error')
  t.equal(error.code, 'ECONNREFUSED')
})

t.test('ends the sessions that have no request open when it is closed', async t => {
  const broker = createBroker()
  const service = await serve(t, { broker })
  const post = (transport: string, body = '') =>
    fetch(`${service.url}/ws-stomp/000/idle/${transport}`, { method: 'POST', body })
  t.equal(await (await post('xhr')).text(), 'o\n')
  const frames = ['CONNECT\naccept-version:1.2\n\n\0', 'SUBSCRIBE\nid:1\ndestination:/topic/a\n\n\0']
  t.equal((await post('xhr_send', JSON.stringify(frames))).status, 204)
  t.equal(broker.publish('/topic/a', { headers: new Map(), body: '' }), 1)
  await service.close()
  t.equal(broker.publish('/topic/a', { headers: new Map(), body: '' }), 0)
})

t.test('rejects with the listen error when its port is taken', async t => {
  const first = await serve(t)
  const port = Number(new URL(first.url).port)
  await t.rejects(serve(t, { port }), { code: 'EADDRINUSE', port })
})

t.test('outlives an upgrade of a path that is no WebSocket, which sockjs trips over', async t => {
  const service = await serve(t)
  for (const protocol of ['websocket', 'h2c']) {
    const head = `GET /ws-stomp/info HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`
    const { closed } = await rawSocket(t, Number(new URL(service.url).port), head)
    t.match(await closed(), /^HTTP\/1\.1 200 /, protocol)
  }
  t.equal((await listRequests(service)).count, 2)
})
