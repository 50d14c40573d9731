import { once } from 'node:events'
import { createServer, IncomingMessage, type IncomingHttpHeaders } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import t from 'tap'
import { RequestMessage } from '../../../src/proxy/request-message.js'

const nodes = Object.getOwnPropertyDescriptor(IncomingMessage.prototype, 'headers')!.get as
  (this: IncomingMessage) => IncomingHttpHeaders

type Both = [ours: IncomingHttpHeaders, theirs: IncomingHttpHeaders]

/** The headers of each head, as the gateway's listener gives them and as Node does. */
async function readHeads (heads: readonly string[]): Promise<Both[]> {
  const read: Both[] = []
  const options = { IncomingMessage: RequestMessage, requireHostHeader: false }
  const server = createServer(options, (request, response) => {
    read.push([request.headers, nodes.call(request)])
    response.end()
  })
  server.maxHeadersCount = 0
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  for (const head of heads) {
    const socket = connect(port, '127.0.0.1')
    socket.end(`GET / HTTP/1.1\r\n${head}Connection: close\r\n\r\n`)
    await once(socket.resume(), 'close')
  }
  server.close()
  return read
}

const NAMES = ['Host', 'Cookie', 'cookie', 'Set-Cookie', 'Accept', 'ACCEPT', 'Content-Type', 'X-A', 'x-a', 'X_B', 'Origin',
  'Referer', 'User-Agent', 'Via', 'Expect-CT', 'Age', '__proto__', 'constructor', 'toString', 'Sec-Fetch-Site', 'If-Match']

/** The same ones each time (mulberry32). */
function numbers (seed: number): () => number {
  return () => {
    seed = (seed + 0x6D2B79F5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

t.test('reads headers as Node does, whatever is repeated or has a name that objects have', async t => {
  const random = numbers(1)
  const heads = Array.from({ length: 300 }, () => {
    const count = Math.floor(random() * 8)
    return Array.from({ length: count }, (_, i) => `${NAMES[Math.floor(random() * NAMES.length)]}: v${i}\r\n`).join('')
  })
  const all = await readHeads([...heads, 'Set-Cookie: a\r\n', 'Set-Cookie: a\r\nset-cookie: b\r\n', 'Host: a\r\nHost: b\r\n'])
  t.equal(all.length, heads.length + 3)
  for (const [i, [ours, theirs]] of all.entries()) {
    t.same(Object.entries(ours), Object.entries(theirs), heads[i] ?? 'repeated')
  }
})

t.test('headers can be replaced, as Node lets them be', async t => {
  const request = new RequestMessage(undefined as never)
  request.headers = { a: 'b' }
  t.same(request.headers, { a: 'b' })
})
