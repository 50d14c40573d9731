import { randomBytes } from 'node:crypto'
import SockJS from 'sockjs-client'
import t from 'tap'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { listen } from '../helper/build.js'
import { createInbox, type Inbox } from '../helper/inbox.js'
import { sockjsInstance, type SockjsPeer } from '../helper/sockjs-instance.js'

/** What `sockjs-client` and `ws` have in common: the WebSocket of browsers. */
interface Client {
  send (text: string): void
  close (code?: number, reason?: string): void
  onopen: ((event: never) => void) | null
  onmessage: ((event: { data: any }) => void) | null
  onclose: ((event: { code: number, reason: string }) => void) | null
}

/** Both ends of one connection through a gateway. */
interface Connected {
  client: Client
  messages: Inbox<string>
  closed: Promise<{ code: number, reason: string }>
  peer: SockjsPeer
}

type Open = (url: string) => Client

const overSockjs = (transports: string): Open => url => new SockJS(url, undefined, { transports }) as Client
const overWs: Open = url => new WebSocket(`${url.replace('http', 'ws')}/websocket`) as Client

/** How a client opens the service at `url`, and what sockjs calls that. */
const DOORS = [
  ['websocket', overSockjs('websocket'), 'websocket'],
  ['xhr-streaming', overSockjs('xhr-streaming'), 'xhr-streaming'],
  ['xhr-polling', overSockjs('xhr-polling'), 'xhr-polling'],
  ['raw websocket', overWs, 'websocket-raw']
] as const

/** The message of 1 MiB has a frame around it where it is an `xhr_send`. */
const SETTINGS = { BODY_LIMIT_BYTES: String(2 * 1_048_576) }

async function connect (t: Test, open: Open): Promise<Connected> {
  const instance = await sockjsInstance(t)
  const { url } = await listen(t, { STOMP_UPSTREAMS: instance.url, ...SETTINGS })
  const client = open(`${url}/stomp/echo`)
  t.teardown(() => client.close())
  const messages = createInbox<string>()
  client.onmessage = ({ data }) => messages.push(String(data))
  const closed = new Promise<{ code: number, reason: string }>(resolve => {
    client.onclose = ({ code, reason }) => resolve({ code, reason })
  })
  await new Promise<void>((resolve, reject) => {
    client.onopen = () => resolve()
    closed.then(({ code, reason }) => reject(new Error(`closed: ${code} ${reason}`)), reject)
  })
  return { client, messages, closed, peer: await instance.peers.next() }
}

for (const [door, open, protocol] of DOORS) {
  t.test(`${door} opens, and carries 100 messages each way in order`, async t => {
    const { client, messages, peer } = await connect(t, open)
    t.equal(peer.connection.protocol, protocol)
    const numbered = (word: string) => Array.from({ length: 100 }, (_, i) => `${word} ${i} Grüße 🙂 "\\\u2028`)
    const [up, down] = [numbered('up'), numbered('down')]
    for (const [i, text] of up.entries()) {
      client.send(text)
      peer.connection.write(down[i]!)
    }
    t.same(await peer.messages.take(100), up)
    t.same(await messages.take(100), down)
  })

  t.test(`${door} carries a message of 1 MiB each way, and one behind it`, async t => {
    const { client, messages, peer } = await connect(t, open)
    const large = randomBytes(786_432).toString('base64')
    t.equal(large.length, 1_048_576)
    client.send(large)
    client.send('behind it')
    t.ok(await peer.messages.next() === large)
    t.equal(await peer.messages.next(), 'behind it')
    peer.connection.write(large)
    peer.connection.write('behind it')
    t.ok(await messages.next() === large)
    t.equal(await messages.next(), 'behind it')
  })

  t.test(`${door} shows the client the code and the reason with which the instance closes`, async t => {
    const { messages, closed, peer } = await connect(t, open)
    peer.connection.write('the last one')
    peer.connection.close(3001 as unknown as string, 'come back later') // the code goes to the wire as it is
    t.same(await closed, { code: 3001, reason: 'come back later' })
    t.equal(await messages.next(), 'the last one', 'and what came before it')
  })

  t.test(`${door} shows the instance that the client closed`, async t => {
    const { client, closed, peer } = await connect(t, open)
    client.send('the last one')
    t.equal(await peer.messages.next(), 'the last one')
    client.close(3002, 'bye')
    await peer.closed
    t.same(await closed, { code: 3002, reason: 'bye' })
    t.notOk(peer.connection.write('more'), 'nothing can be written any more')
  })
}
