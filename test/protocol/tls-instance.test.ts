import { randomBytes } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import t from 'tap'
import type { Test } from 'tap'
import { listen } from '../helper/build.js'
import { answerWith } from '../helper/fake-instance.js'
import { rawSocket, SWITCH, upgradeHead } from '../helper/raw-socket.js'
import { readToEnd } from '../helper/socket-pair.js'
import { tlsInstance } from '../helper/tls-instance.js'

/** A gateway before an instance that speaks TLS, and a client that has asked for a tunnel. */
async function ask (t: Test, answer: (socket: TLSSocket) => void) {
  const { url, accepted } = await tlsInstance(t)
  const gateway = await listen(t, { STOMP_UPSTREAMS: url })
  const client = await rawSocket(t, gateway.port, upgradeHead('/stomp/ws'))
  const instance = await accepted
  instance.once('data', () => answer(instance))
  return { client, instance, app: gateway.app }
}

t.test('joins a client with an instance that speaks TLS, bytes behind the 101 included', async t => {
  const { client, instance, app } = await ask(t, socket => { socket.write(`${SWITCH}early`) })
  await client.until(bytes => bytes.endsWith('\r\n\r\nearly'))
  const [there, back] = [randomBytes(500_000), randomBytes(500_000)]
  const seen = readToEnd(instance)
  client.socket.end(there)
  t.ok((await seen).equals(there))
  instance.end(back)
  const bytes = await client.closed()
  t.ok(bytes.endsWith(`early${back.toString('latin1')}`))
  while (app.tunnelCount() > 0) await new Promise(resolve => setImmediate(resolve))
  t.equal(app.pool.instances[0]!.open, 0)
})

t.test('relays the refusal of an instance that speaks TLS', async t => {
  const { client } = await ask(t, socket => { socket.write(answerWith('because', [], '403 Forbidden')) })
  t.match(await client.closed(), /^HTTP\/1\.1 403 Forbidden\r\n[^]*\r\n\r\nbecause$/)
})
