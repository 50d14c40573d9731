import t from 'tap'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { listen } from '../helper/build.js'
import { rawSocket, requestHead, SWITCH, upgradeHead } from '../helper/raw-socket.js'

type Line = Record<string, unknown>

const answered = (logs: Line[]) => logs.filter(line => line.msg === 'request answered')

/** Resolves when such a line was logged: the gateway may see an end later than its client. */
async function logged (logs: Line[], msg: string, count = 1): Promise<void> {
  const isMissing = () => logs.filter(line => line.msg === msg).length < count
  while (isMissing()) await new Promise(resolve => setImmediate(resolve))
}

t.test('with ACCESS_LOG on, every HTTP answer is one info line', async t => {
  const instance = await fakeInstance(t, (_, socket) => socket.write(answerWith('no', [], '404 Not Found')))
  const { url, port, logs } = await listen(t, { STOMP_UPSTREAMS: instance.url, ACCESS_LOG: 'on' })
  await (await fetch(`${url}/stomp/ws/000/SECRET/xhr?SECRET`, { method: 'POST', body: '[]' })).text()
  await (await fetch(`${url}/healthz`)).text()
  await (await fetch(`${url}/nowhere`, { headers: { origin: 'https://evil.test' } })).text()
  await (await fetch(`${url}/stomp/%2fSECRET`)).text()
  await (await rawSocket(t, port, requestHead('GET /', ['Connection: close', 'Expect: a-pony']))).closed()
  await logged(logs, 'request answered', 5)
  const client = { client: '127.0.0.1', level: 30 }
  t.match(answered(logs), [
    { method: 'POST', route: '/stomp/ws/*/*/xhr', status: 404, ...client },
    { method: 'GET', route: '/healthz', status: 200, ...client },
    { method: 'GET', route: '/nowhere', status: 403, ...client },
    { method: 'GET', route: '/stomp/*', status: 400, ...client },
    { method: 'GET', route: '/', status: 417, ...client }
  ])
  t.equal(answered(logs).length, 5)
  for (const { ms, reqId } of answered(logs)) {
    t.ok(Number.isInteger(ms) && Number(ms) >= 0, 'whole milliseconds')
    t.match(reqId, /^[0-9a-f-]{36}$/)
  }
})

t.test('with ACCESS_LOG off there is no such line', async t => {
  const { url, logs } = await listen(t, { LOG_LEVEL: 'trace' })
  await (await fetch(`${url}/healthz`)).text()
  t.same(answered(logs), [])
})

t.test('a refused upgrade has its line, a tunnel has its own when it opens and when it ends', async t => {
  const instance = await fakeInstance(t, (_, socket) => socket.write(SWITCH))
  const { port, logs } = await listen(t, { STOMP_UPSTREAMS: instance.url, ACCESS_LOG: 'on', LOG_LEVEL: 'debug' })
  await (await rawSocket(t, port, upgradeHead('/healthz'))).closed()
  await logged(logs, 'request answered')
  t.match(answered(logs), [{ route: '/healthz', status: 404 }])

  const tunnel = await rawSocket(t, port, upgradeHead('/stomp/ws/000/SECRET/websocket'))
  await tunnel.until(bytes => bytes.includes('101'))
  instance.sockets[0]?.end()
  await tunnel.closed()
  await logged(logs, 'tunnel ended')
  t.match(logs.find(line => line.msg === 'tunnel opened'), { level: 20, instance: instance.url, route: '/stomp/ws/*/*/websocket' })
  t.match(logs.find(line => line.msg === 'tunnel ended'), { level: 20, by: 'instance' })
  t.equal(answered(logs).length, 1)
})

t.test('a request whose client left before the answer has its line, too', async t => {
  const instance = await fakeInstance(t, () => {})
  const { port, logs, app } = await listen(t, { STOMP_UPSTREAMS: instance.url, ACCESS_LOG: 'on' })
  const client = await rawSocket(t, port, requestHead('GET /stomp/ws/info'))
  await instance.seen(bytes => bytes.includes('\r\n\r\n'))
  client.socket.destroy()
  await app.drain()
  t.match(answered(logs), [{ method: 'GET', route: '/stomp/ws/info', client: '127.0.0.1', aborted: true }])
})
