import { once } from 'node:events'
import SockJS from 'sockjs-client'
import t from 'tap'
import { listen } from '../helper/build.js'
import { connectChat, startChat, subscribe } from '../helper/chat.js'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { deadUrl, httpInstance } from '../helper/http-instance.js'
import { rawSocket, SWITCH, upgradeHead } from '../helper/raw-socket.js'

t.test('falls back to xhr-streaming by itself when websocket is switched off', async t => {
  const [service] = await startChat(t, ['A'])
  const { url } = await listen(t, { STOMP_UPSTREAMS: service!.url, SOCKJS_TRANSPORTS: 'xhr,xhr_send,xhr_streaming' })
  const { client, transport } = await connectChat(t, `${url}/stomp/ws-stomp`)
  t.equal(transport, 'xhr-streaming')
  const next = await subscribe(client, '/topic/room')
  client.publish({ destination: '/topic/room', body: 'hello' })
  t.equal((await next()).body, 'hello')
})

t.test('falls back to xhr-polling when streams are switched off, too', async t => {
  const [service] = await startChat(t, ['A'])
  const { url } = await listen(t, { STOMP_UPSTREAMS: service!.url, SOCKJS_TRANSPORTS: 'xhr,xhr_send' })
  const { transport } = await connectChat(t, `${url}/stomp/ws-stomp`, { transports: ['websocket', 'xhr-streaming', 'xhr-polling'] })
  t.equal(transport, 'xhr-polling')
})

t.test('lets the client fall back when the instance refuses the upgrade', async t => {
  const refused: string[] = []
  const instance = await fakeInstance(t, (head, socket) => {
    if (head.includes('Upgrade: websocket')) {
      refused.push(head)
      socket.write(answerWith('no WebSocket here', [], '403 Forbidden'))
    } else if (head.includes('/info')) socket.write(answerWith('{"websocket":true,"cookie_needed":false,"entropy":1}'))
    else socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n801\r\n${'h'.repeat(2048)}\n\r\n2\r\no\n\r\n`)
  })
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const socket = new SockJS(`${url}/stomp/ws`, undefined, { transports: ['websocket', 'xhr-streaming'] })
  await new Promise(resolve => { socket.onopen = resolve })
  t.equal((socket as unknown as { transport: string }).transport, 'xhr-streaming')
  t.equal(refused.length, 1)
  socket.close()
})

// In Node sockjs-client does not notice a stream that breaks off; a browser does.
for (const transport of ['websocket', 'xhr-polling']) {
  t.test(`ends ${transport} with its instance, and lets the client come back on the other`, async t => {
    const services = await startChat(t, ['A', 'B'])
    const { app, url } = await listen(t, { STOMP_UPSTREAMS: services.map(({ url }) => url).join() })
    const { client, connected } =
      await connectChat(t, `${url}/stomp/ws-stomp`, { transports: transport, reconnectDelay: 10 })
    const first = connected.headers['server']!
    const [mine] = services.filter(({ name }) => first.includes(`-${name}/`))
    const closed = new Promise(resolve => { client.onWebSocketClose = resolve })
    const again = new Promise<string>(resolve => { client.onConnect = frame => resolve(frame.headers['server']!) })
    await mine!.close()
    await closed
    t.not(await again, first)
    const next = await subscribe(client, '/topic/room')
    client.publish({ destination: '/topic/room', body: 'back' })
    t.equal((await next()).body, 'back')
    t.ok(app.pool.instances.reduce((sum, { open }) => sum + open, 0) <= 2)
  })
}

t.test('takes upgrades to the other instance when one refuses to connect, and leaves that one alone', async t => {
  const alive = await fakeInstance(t, (_head, socket) => { socket.write(SWITCH) })
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: `${await deadUrl(t)},${alive.url}` })
  const dead = app.pool.instances[0]!
  while (dead.failures === 0) {
    const client = await rawSocket(t, port, upgradeHead('/stomp/ws'))
    t.match(await client.until(bytes => bytes.endsWith('\r\n\r\n')), /^HTTP\/1\.1 101 /)
  }
  t.ok(dead.asideUntil > 0)
  t.equal(dead.open, 0)
})

t.test('answers an upgrade 502 when no instance connects, then 503 with Retry-After', async t => {
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: `${await deadUrl(t)},${await deadUrl(t)}` })
  const first = await (await rawSocket(t, port, upgradeHead('/stomp/ws'))).closed()
  t.match(first, /^HTTP\/1\.1 502 [^]*ERR_UPSTREAM_CONNECT/)
  const second = await (await rawSocket(t, port, upgradeHead('/stomp/ws'))).closed()
  t.match(second, /^HTTP\/1\.1 503 [^]*\r\nretry-after: 1\r\n[^]*ERR_UPSTREAM_UNAVAILABLE/)
  t.equal(app.tunnelCount(), 0)
})

t.test('answers an upgrade 504 when the instance says nothing, and does not try another', async t => {
  const silent = [await fakeInstance(t, () => {}), await fakeInstance(t, () => {})]
  const { port } = await listen(t, { STOMP_UPSTREAMS: silent.map(({ url }) => url).join(), UPGRADE_TIMEOUT_MS: '100' })
  const answer = await (await rawSocket(t, port, upgradeHead('/stomp/ws'))).closed()
  t.match(answer, /^HTTP\/1\.1 504 [^]*ERR_UPSTREAM_TIMEOUT/)
  t.equal(silent.reduce((sum, { sockets }) => sum + sockets.length, 0), 1)
  const socket = silent.flatMap(({ sockets }) => sockets)[0]!
  if (!socket.readableEnded) await once(socket, 'end')
})

t.test('sends sessions to the instance that is back, and the rest to both', async t => {
  const url = await deadUrl(t)
  const alive = await httpInstance(t)
  const { app, url: gateway } = await listen(t, { STOMP_UPSTREAMS: `${url},${alive.url}` })
  const [dead] = app.pool.instances
  while (dead!.failures === 0) await fetch(`${gateway}/stomp/info`)
  const back = await httpInstance(t, undefined, Number(new URL(url).port))
  while (back.requests.length === 0) await fetch(`${gateway}/stomp/info`)
  t.match(dead, { failures: 0, asideUntil: 0 })
})
