import { once } from 'node:events'
import type { IStompSocket } from '@stomp/stompjs'
import t from 'tap'
import { WebSocket } from 'ws'
import { listen } from '../../helper/build.js'
import { connectChat, subscribe } from '../../helper/chat.js'
import { rabbitmqServer } from '../../helper/rabbitmq.js'

t.setTimeout(120_000)

const PROBE_MS = 100

t.test('the broker dies and comes back', async t => {
  const broker = await rabbitmqServer(t)
  const gateway = await listen(t, {
    STOMP_UPSTREAMS: broker.url, HEALTH_CHECK: 'on', HEALTH_CHECK_INTERVAL_MS: String(PROBE_MS)
  })
  const urls = { direct: `${broker.url}/ws`, through: `${gateway.url}/stomp/ws` }
  const [instance] = gateway.app.pool.instances
  const until = async (holds: () => boolean, what: string) => {
    for (const end = Date.now() + 20_000; !holds();) {
      if (Date.now() > end) throw new Error(`waited 20 s for this: ${what}`)
      await new Promise(resolve => setTimeout(resolve, PROBE_MS))
    }
  }
  const open = async (url: string) => {
    const socket = new WebSocket(url.replace('http', 'ws'), ['v12.stomp'])
    t.teardown(() => socket.terminate())
    await once(socket, 'open')
    return socket
  }
  let opened = 0
  const { client } = await connectChat(t, urls.through, {
    webSocketFactory: () => {
      opened++
      return new WebSocket(urls.through.replace('http', 'ws'), ['v12.stomp']) as unknown as IStompSocket
    },
    connectHeaders: { login: 'guest', passcode: 'guest' },
    reconnectDelay: 200
  })

  await t.test('the health probe leaves a living one in', async t => {
    const logs = gateway.logs.length
    const before = broker.log()
    await new Promise(resolve => setTimeout(resolve, 10 * PROBE_MS)) // so many probes
    t.match(instance, { health: { up: true, streak: 0 } })
    t.same(gateway.logs.slice(logs), [])
    t.equal(broker.log(), before, 'it does not complain of them')
  })

  await t.test('its death reaches clients as it does directly', async t => {
    const [direct, through] = [await open(urls.direct), await open(urls.through)]
    const ends = Promise.all([once(direct, 'close'), once(through, 'close')])
    await broker.kill()
    const [one, other] = (await ends).map(([code, reason]) => [code, String(reason)])
    t.same(one, [1006, ''])
    t.same(other, one)
  })

  await t.test('while it is dead, a handshake is answered 502 or 503', async t => {
    const socket = new WebSocket(urls.through.replace('http', 'ws'), ['v12.stomp'])
    const [error] = await once(socket, 'error')
    t.match(error.message, /Unexpected server response: 50[23]/)
    await until(() => instance?.health.up === false, 'the probe takes it out')
  })

  await t.test('a client of its own comes back by itself once it is there again', async t => {
    const back = new Promise<void>(resolve => { client.onConnect = () => resolve() })
    await broker.restart()
    await back
    t.ok(opened > 1)
    await until(() => instance?.health.up === true, 'the probe brings it back')
    const next = await subscribe(client, '/topic/again')
    client.publish({ destination: '/topic/again', body: 'hello again' })
    t.equal((await next()).body, 'hello again')
  })
})
