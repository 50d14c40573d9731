import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { rawSocket } from '../../helper/raw-socket.js'
import { boundConnections } from '../../../src/workers/bound-connections.js'

const ASK = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

t.test('a connection too many is closed unanswered, and who leaves makes room', async t => {
  const server = createServer((_request, response) => response.end('served'))
  server.maxConnections = 1
  boundConnections(server, 2)
  server.listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = async () => await rawSocket(t, port, ASK)
  const served = [await ask(), await ask()]
  for (const client of served) await client.until(bytes => bytes.endsWith('served'))
  t.equal(await (await ask()).closed(), '')

  const left = new Promise<void>(resolve => {
    server.getConnections((_error, before) => {
      const look = () => server.getConnections((_error, now) => {
        if (now < before) resolve()
        else setImmediate(look)
      })
      look()
    })
  })
  served[0]!.socket.destroy()
  await left
  await (await ask()).until(bytes => bytes.endsWith('served'))
})
