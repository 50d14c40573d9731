import { randomUUID } from 'node:crypto'
import type { Connection } from 'sockjs'
import t from 'tap'
import { listen } from '../helper/build.js'
import { startChat } from '../helper/chat.js'
import { exchange } from '../helper/exchange.js'
import { httpInstance } from '../helper/http-instance.js'
import { sockjsHttp } from '../helper/sockjs-http.js'
import { sockjsInstance } from '../helper/sockjs-instance.js'

const ORIGIN = 'https://app.example.com'
const CONNECT = 'CONNECT\naccept-version:1.2\nheart-beat:0,0\n\n\0'

/** The session id of a SockJS path. */
const sessionOf = (url: string) => url.split('/').at(-2)!

t.test('keeps each of 50 sessions on one instance, over two gateways, and uses both instances', async t => {
  const instances = [await httpInstance(t), await httpInstance(t)]
  const [one, other] = instances.map(({ url }) => url)
  const gateways = [
    await listen(t, { STOMP_UPSTREAMS: `${one},${other}` }),
    await listen(t, { STOMP_UPSTREAMS: `${other},${one}` }) // the order in the list is no part of it
  ]
  const sessions = Array.from({ length: 50 }, () => randomUUID())
  await Promise.all(sessions.flatMap(session => gateways.flatMap(({ url }) => [
    exchange(`${url}/stomp/ws/000/${session}/xhr`, { method: 'POST' }),
    exchange(`${url}/stomp/ws/777/${session}/xhr_send`, { method: 'POST', body: '[]' }),
    exchange(`${url}/stomp/ws/000/${session}/xhr_streaming`, { method: 'POST' }),
    exchange(`${url}/stomp/ws/a-b/${session}/eventsource?t=1`)
  ])))
  const met = instances.map(({ requests }) => new Set(requests.map(({ url }) => sessionOf(url))))
  t.same(sessions.filter(session => met[0]!.has(session) && met[1]!.has(session)), [], 'sessions that met both')
  t.equal(met[0]!.size + met[1]!.size, 50)
  t.ok(Math.min(met[0]!.size, met[1]!.size) >= 10, `${met[0]!.size} and ${met[1]!.size} sessions`)
  t.equal(instances.reduce((sum, { requests }) => sum + requests.length, 0), 400)
})

t.test('keeps each of 200 open sessions on one of four instances, and spreads them over all', async t => {
  const echo = {
    onMessage: (connection: Connection, message: string) => { connection.write(message) }
  }
  const instances = await Promise.all(Array.from({ length: 4 }, () => sockjsInstance(t, echo)))
  const { url } = await listen(t, { STOMP_UPSTREAMS: instances.map(({ url }) => url).join() })
  const ids = Array.from({ length: 200 }, () => randomUUID())
  const speak = async (id: string) => {
    const session = sockjsHttp(`${url}/stomp/echo`, id)
    t.equal((await session.poll()).text, 'o\n')
    const { status } = await session.send(`hello ${id}`)
    if (status !== 204) throw new Error(`a message met an instance without its session: ${status}`)
    t.equal((await session.poll()).text, `a["hello ${id}"]\n`)
  }
  while (ids.length > 0) await Promise.all(ids.splice(0, 20).map(speak)) // none of them waits for its turn
  const met = instances.map(({ sessions }) => new Set(sessions))
  t.equal(new Set(met.flatMap(ids => [...ids])).size, 200)
  t.equal(met.reduce((sum, { size }) => sum + size, 0), 200, 'no session met two instances')
  t.equal(instances.reduce((sum, { sessions }) => sum + sessions.length, 0), 600, 'three requests each')
  for (const { size } of met) t.ok(size >= 20 && size <= 90, `${size} of 200, within 10 to 45 %`)
})

t.test('spreads requests that belong to no session', async t => {
  const instances = [await httpInstance(t), await httpInstance(t)]
  const { url } = await listen(t, { STOMP_UPSTREAMS: instances.map(({ url }) => url).join() })
  for (let i = 0; i < 60; i++) await exchange(`${url}/stomp/ws/info`)
  t.ok(instances.every(({ requests }) => requests.length >= 10), `${instances.map(({ requests }) => requests.length)}`)
})

t.test('speaks STOMP by polls of an allowed page before two instances that share no sessions', async t => {
  const services = await startChat(t, ['A', 'B'])
  const upstreams = services.map(({ url }) => url).join()
  const { url } = await listen(t, { STOMP_UPSTREAMS: upstreams, ALLOWED_ORIGINS: ORIGIN })
  for (let i = 0; i < 10; i++) {
    const session = sockjsHttp(`${url}/stomp/ws-stomp`, randomUUID(), { origin: ORIGIN })
    const opened = await session.poll()
    t.equal(opened.text, 'o\n')
    t.equal(opened.headers['access-control-allow-origin'], ORIGIN)
    const sent = await session.send(CONNECT)
    t.match([sent.status, sent.headers['access-control-allow-origin']], [204, ORIGIN])
    t.match((await session.poll()).text, /^a\["CONNECTED/)
  }
})

t.test('moves only the sessions of an instance that is gone', async t => {
  const instances = [await httpInstance(t), await httpInstance(t), await httpInstance(t)]
  const { url } = await listen(t, { STOMP_UPSTREAMS: instances.map(({ url }) => url).join() })
  const sessions = Array.from({ length: 30 }, (_, i) => `session-${i}`)
  const poll = async () => await Promise.all(sessions.map(async session => {
    return (await exchange(`${url}/stomp/ws/000/${session}/xhr`, { method: 'POST' })).status
  }))
  await poll()
  const [gone, ...left] = instances
  const before = left.map(({ requests }) => requests.map(({ url }) => sessionOf(url)))
  await gone!.close()
  t.same(await poll(), sessions.map(() => 200))
  for (const [i, { requests }] of left.entries()) {
    const after = requests.slice(before[i]!.length).map(({ url }) => sessionOf(url))
    t.ok(before[i]!.every(session => after.includes(session)), 'its own sessions stay')
  }
})
