import t from 'tap'
import { fakeInstance } from '../helper/fake-instance.js'
import { listenerUrl, startProcess } from '../helper/gateway-process.js'
import { rawSocket } from '../helper/raw-socket.js'

t.setTimeout(60_000) // each test starts a process, perhaps on a busy machine

const held = [
  ['has sent nothing', ''],
  ['has sent half a head', 'GET /upstr'],
  ['owes its body', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{']
] as const
for (const listener of ['admin', 'public'] as const) {
  t.test(`connections held open on the ${listener} listener do not keep the process`, async t => {
    const instance = await fakeInstance(t)
    const gateway = startProcess(t, { PORT: '0', ADMIN_PORT: '0', STOMP_UPSTREAMS: instance.url, SHUTDOWN_GRACE_MS: '0' })
    const port = Number(new URL(await listenerUrl(gateway, listener)).port)
    const clients = await Promise.all(held.map(([, bytes]) => rawSocket(t, port, bytes)))
    await clients[2]?.until(bytes => bytes.startsWith('HTTP/1.1 ')) // all of them have been accepted
    gateway.child.kill('SIGTERM')
    t.equal(await gateway.ended, 0)
    for (const [i, [name]] of held.entries()) {
      await clients[i]?.closed()
      t.pass(`the client that ${name} is closed`)
    }
  })
}
