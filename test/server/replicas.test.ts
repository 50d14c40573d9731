import { randomUUID } from 'node:crypto'
import type { Connection } from 'sockjs'
import t from 'tap'
import { listenerUrl, startProcess } from '../helper/gateway-process.js'
import { sockjsHttp } from '../helper/sockjs-http.js'
import { sockjsInstance } from '../helper/sockjs-instance.js'

t.test('a session whose requests spread over two gateway processes meets one instance', async t => {
  const echo = {
    onMessage: (connection: Connection, message: string) => { connection.write(message) }
  }
  const instances = await Promise.all(Array.from({ length: 3 }, () => sockjsInstance(t, echo)))
  const upstreams = instances.map(({ url }) => url)
  const gateways: string[] = []
  for (const list of [upstreams, upstreams.toReversed()]) { // the order in the list is no part of the choice
    const settings = { STOMP_UPSTREAMS: list.join(), HEALTH_CHECK: 'off', PORT: '0', ADMIN_PORT: '0' }
    gateways.push(await listenerUrl(startProcess(t, settings), 'public'))
  }
  const speak = async (id: string) => {
    const [one, other] = gateways.map(url => sockjsHttp(`${url}/stomp/echo`, id))
    t.equal((await one!.poll()).text, 'o\n')
    for (const [from, to] of [[other!, one!], [one!, other!]]) {
      const { status } = await from!.send(`hello ${id}`)
      if (status !== 204) throw new Error(`a message met an instance without its session: ${status}`)
      t.equal((await to!.poll()).text, `a["hello ${id}"]\n`)
    }
  }
  const ids = Array.from({ length: 40 }, () => randomUUID())
  while (ids.length > 0) await Promise.all(ids.splice(0, 10).map(speak)) // none of them waits for its turn
  const met = instances.map(({ sessions }) => new Set(sessions))
  t.equal(new Set(met.flatMap(ids => [...ids])).size, 40)
  t.equal(met.reduce((sum, { size }) => sum + size, 0), 40, 'no session met two instances')
  t.equal(instances.reduce((sum, { sessions }) => sum + sessions.length, 0), 200, 'five requests each')
  t.ok(met.every(({ size }) => size > 0), 'every instance has some of them')
})
