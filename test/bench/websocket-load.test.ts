import { connect, createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { startChat } from '../../bench/backends/start-chat.js'
import { startWebSocketLoad } from '../../bench/load/start-websocket-load.js'
import { stopAll } from '../../bench/process.js'

t.teardown(stopAll)

const BYTES = 100
const chat = await startChat(undefined)

/** A proxy that does to what the backend sends as `edit` says. */
async function startDamage (t: Test, edit: (chunk: Buffer) => Buffer): Promise<number> {
  const server = createServer(client => {
    const upstream = connect(chat.port, '127.0.0.1')
    client.on('data', chunk => upstream.write(chunk)).on('error', () => {}).on('close', () => upstream.destroy())
    upstream.on('data', chunk => client.write(edit(chunk))).on('error', () => {}).on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

t.test('the load does all of its work without a proxy, and leaves nothing open', async t => {
  const load = await startWebSocketLoad(undefined)
  await load({ do: 'open', port: chat.port, tunnels: 5 })
  t.equal(await chat.openTunnels(5, 10_000), 5)
  await load({ do: 'echo', turns: 3, bytes: BYTES })
  await load({ do: 'fan-out', backendPort: chat.port, turns: 3, bytes: BYTES })
  await load({ do: 'close' })
  await load({ do: 'handshakes', port: chat.port, count: 40 })
  t.equal(await chat.openTunnels(0, 10_000), 0)
})

t.test('one altered byte fails the load', async t => {
  const load = await startWebSocketLoad(undefined)
  const port = await startDamage(t, chunk => {
    if (chunk[0] === 0x81) chunk[50] = 0
    return chunk
  })
  await load({ do: 'open', port, tunnels: 2 })
  await t.rejects(load({ do: 'echo', turns: 3, bytes: BYTES }), /not what was sent in turn 0/)
})

t.test('a message that is doubled fails the load, the last one too', async t => {
  const load = await startWebSocketLoad(undefined)
  const port = await startDamage(t, chunk => chunk[0] === 0x81 ? Buffer.concat([chunk, chunk]) : chunk)
  await load({ do: 'open', port, tunnels: 1 })
  await t.rejects(load({ do: 'echo', turns: 2, bytes: BYTES }).then(async () => await load({ do: 'close' })), /WebSocket load: /)
})

t.test('a 101 that answers another request fails the load', async t => {
  const load = await startWebSocketLoad(undefined)
  const port = await startDamage(t, chunk => Buffer.from(chunk.toString('latin1').replace(/Accept: .../, 'Accept: abc'), 'latin1'))
  await t.rejects(load({ do: 'open', port, tunnels: 1 }), /no 101 for this request/)
})
