import { once } from 'node:events'
import t from 'tap'
import { listen } from '../helper/build.js'
import { answerWith, fakeInstance } from '../helper/fake-instance.js'
import { rawSocket, SWITCH, upgradeHead } from '../helper/raw-socket.js'

const unfit = [
  ['answers another key', SWITCH.replace('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=')],
  ['answers no key', SWITCH.replace(/Sec-WebSocket-Accept: .*\r\n/, '')],
  ['switches to another protocol', SWITCH.replace('Upgrade: websocket', 'Upgrade: h2c')],
  ['names no protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ['is no 101', SWITCH.replace('101 Switching Protocols', '200 OK')],
  ['is no HTTP', 'hello there\r\n\r\n'],
  ['has two lengths', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['is framed twice', 'HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['breaks off', 'HTTP/1.1 403 Forb']
] as const

for (const [name, bytes] of unfit) {
  t.test(`opens no tunnel on an answer that ${name}`, async t => {
    const instance = await fakeInstance(t, (_head, socket) => {
      socket.write(bytes)
      if (name === 'breaks off' || name === 'is no 101') socket.end()
    })
    const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
    const client = await rawSocket(t, port, upgradeHead('/stomp/ws'))
    t.match(await client.closed(), /^HTTP\/1\.1 (502 [^]*"ERR_UPSTREAM_RESPONSE"|200 OK\r\n)/)
    t.notMatch(client.received(), /101 Switching/)
    const socket = await instance.connection()
    if (!socket.readableEnded) await once(socket, 'end')
    t.equal(app.tunnelCount(), 0)
    t.equal(app.pool.instances[0]!.open, 0)
    t.equal(instance.sockets.length, 1)
  })
}

t.test('waits behind an interim answer for the 101', async t => {
  const instance = await fakeInstance(t, (_head, socket) => { socket.write(`HTTP/1.1 103 Early Hints\r\n\r\n${SWITCH}`) })
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws'))
  t.match(await client.until(bytes => bytes.endsWith('\r\n\r\n')), /^HTTP\/1\.1 101 Switching Protocols\r\n/)
})

t.test('loses no byte that either side sends early', async t => {
  const instance = await fakeInstance(t, () => {})
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws') + 'with the head, ')
  await instance.seen(bytes => bytes.endsWith('\r\n\r\n'))
  client.write('before the answer')
  instance.sockets[0]!.write(SWITCH + 'with the answer')
  await instance.seen(bytes => bytes.endsWith('\r\n\r\nwith the head, before the answer'))
  await client.until(bytes => bytes.endsWith('\r\n\r\nwith the answer'))
})

t.test('passes no early byte to an instance that refuses', async t => {
  const instance = await fakeInstance(t, (_head, socket) => { socket.write(answerWith('no', [], '403 Forbidden')) })
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws') + 'GET /smuggled HTTP/1.1\r\n\r\n')
  t.match(await client.closed(), /^HTTP\/1\.1 403 Forbidden\r\n[^]*\r\n\r\nno$/)
  t.notMatch(instance.received[0], /smuggled/)
})

t.test('passes the head of a refusal on at once when its body is still to come', async t => {
  const head = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n'
  const instance = await fakeInstance(t, (_head, socket) => { socket.write(head) })
  const { port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws'))
  t.match(await client.until(bytes => bytes.endsWith('\r\n\r\n')), /^HTTP\/1\.1 403 Forbidden\r\n/)
  instance.sockets[0]!.write('no')
  t.match(await client.closed(), /no$/)
})

t.test('gives the handshake up when the client leaves', async t => {
  const instance = await fakeInstance(t, () => {})
  const { app, port } = await listen(t, { STOMP_UPSTREAMS: instance.url })
  const client = await rawSocket(t, port, upgradeHead('/stomp/ws'))
  await instance.seen(bytes => bytes.endsWith('\r\n\r\n'))
  const ended = once(instance.sockets[0]!, 'end')
  client.socket.resetAndDestroy()
  await ended
  t.equal(app.tunnelCount(), 0)
  t.match(app.pool.instances[0], { open: 0, failures: 0 })
})
