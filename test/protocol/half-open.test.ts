import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { listen } from '../helper/build.js'
import { fakeInstance } from '../helper/fake-instance.js'
import { rawSocket, SWITCH, upgradeHead } from '../helper/raw-socket.js'
import { readToEnd } from '../helper/socket-pair.js'
import { tlsInstance } from '../helper/tls-instance.js'
import { within } from '../helper/within.js'

type Start = (t: Test) => Promise<{ url: string, accepted: () => Promise<Socket> }>

const instances: ReadonlyArray<readonly [string, Start]> = [
  ['plain TCP', async t => {
    const instance = await fakeInstance(t, () => {})
    return { url: instance.url, accepted: instance.connection }
  }],
  ['TLS', async t => {
    const { url, accepted } = await tlsInstance(t)
    return { url, accepted: () => accepted }
  }]
]

for (const [name, start] of instances) {
  t.test(`an instance that speaks ${name} gets all that its client sends after the instance's end`, async t => {
    const { url, accepted } = await start(t)
    const { app, port } = await listen(t, { STOMP_UPSTREAMS: url })
    const { socket: client } = await rawSocket(t, port)
    client.removeAllListeners('end') // it would end in turn
    const told = readToEnd(client)
    client.write(upgradeHead('/stomp/ws'))
    const instance = await accepted()
    await once(instance, 'data')
    instance.removeAllListeners('data').pause().end(`${SWITCH}last words`)
    t.match(String(await told), /\r\n\r\nlast words$/)
    const body = randomBytes(20_000_000)
    client.end(body)
    t.ok((await within(60_000, 'the end', readToEnd(instance.resume()))).equals(body))
    while (app.tunnelCount() > 0) await new Promise(resolve => setImmediate(resolve))
    t.equal(app.pool.instances[0]!.open, 0)
  })
}
