import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import sockjs from 'sockjs'
import type { Connection, ServerOptions } from 'sockjs'
import type { Broker } from './broker.js'
import { closeServer, listen } from './listen.js'
import { openStompSession } from './stomp-session.js'
import type { StompSession } from './stomp-session.js'

/** One running instance of the demo's chat-service. */
export interface ChatService {
  name: string
  /** `http://host:port`, what `STOMP_UPSTREAMS` takes. */
  url: string
  /** Ends the listener and every connection. */
  close (): Promise<void>
}

/** What `/requests` answers: how many requests came, and the last hundred of them. Of a path only its end is
 *  kept, for the session id in it opens the session. `origin` is the header as it arrived, null for none. */
export interface RequestLog {
  name: string
  count: number
  requests: Array<{ method: string, path: string, origin: string | null }>
}

/** `name` has no slash and no dot. `sockjs` overrides options of the SockJS server, e.g. its delays in ms. */
interface ChatServiceOptions {
  name: string
  broker: Broker
  host?: string
  port?: number
  heartBeatMs?: number
  sockjs?: ServerOptions
}

const PREFIX = '/ws-stomp'
const REQUESTS_KEPT = 100

/** sockjs keeps the sessions of all servers of a process in one map. Instances are to be as separate as two
 *  machines, or a request sent to the wrong one would go unnoticed: so the session id gets the name. */
const ownSession = (url: string, name: string): string =>
  url.replace(/^(\/ws-stomp\/[^/.]+\/)([^/.]+\/[a-z_]+)/, `$1${name}~$2`)

function describe ({ method, url, headers }: IncomingMessage): RequestLog['requests'][number] {
  const path = String(url).replace(/\?.*$/s, '')
  return { method: String(method), path: `…/${path.split('/').at(-1)}`, origin: headers.origin ?? null }
}

/** The plain WebSocket closes by the rules for pages, and throws at other codes: 1000, or 3000 to 4999. */
const closeCodeOn = ({ protocol }: Connection, code: number): number =>
  protocol === 'websocket-raw' && code !== 1000 ? code + 3_000 : code

/** STOMP over one SockJS connection. */
function serveConnection (connection: Connection, options: ChatServiceOptions): StompSession {
  const { name, broker, heartBeatMs } = options
  const session = openStompSession({
    write: text => { connection.write(text) },
    // Later, as sockjs hands on the messages of a batch one by one and trips over a connection closed half-
    // way; and as a number, whatever its types say: the code goes to the wire as it is.
    close: (code, reason) => {
      setImmediate(() => connection.close(closeCodeOn(connection, code) as unknown as string, reason))
    }
  }, { broker, server: `gatehouse-demo-${name}/1.0`, heartBeatMs })
  connection.on('data', data => session.receive(data))
  return session
}

/** SockJS with STOMP in it on `server`; returns the function that ends every open session. */
function mountStomp (server: Server, options: ChatServiceOptions): () => void {
  const sessions = new Set<StompSession>()
  const endpoint = sockjs.createServer({
    prefix: PREFIX,
    sockjs_url: '/sockjs.min.js', // the default is a CDN; the iframe pages that would load it are not used here
    log: () => {},
    ...options.sockjs
  })
  endpoint.on('connection', connection => {
    const session = serveConnection(connection, options)
    sessions.add(session)
    connection.on('close', () => {
      session.end()
      sessions.delete(session)
    })
  })
  endpoint.installHandlers(server) // puts itself before the listeners that are there already
  return () => { for (const session of sessions) session.end() }
}

/** Starts one chat-service instance: SockJS at `/ws-stomp`, STOMP 1.2 in it, a `RequestLog` at `/requests` so
 *  that anybody can see what a gateway lets through. Rejects with the listen error. Sessions without an
 *  open request outlive `close` by sockjs's `disconnect_delay` (5 s). */
export async function startChatService (options: ChatServiceOptions): Promise<ChatService> {
  const { name, host = '127.0.0.1', port = 0 } = options
  const log: RequestLog = { name, count: 0, requests: [] }
  const sockets = new Set<Socket>() // with those that were upgraded, which node:http forgets

  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    response.statusCode = request.url === '/requests' ? 200 : 404
    response.end(JSON.stringify(request.url === '/requests' ? log : { error: 'Not Found' }))
  })
  server.on('upgrade', (_request, socket) => { socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n') })
  server.on('connection', socket => {
    sockets.add(socket)
    // node:http lets go of one that asks for an upgrade, and sockjs writes to it after its end for `info`.
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  const endSessions = mountStomp(server, options)

  function noteRequest (request: IncomingMessage) {
    if (request.url === '/requests') return
    log.count += 1
    log.requests.push(describe(request))
    if (log.requests.length > REQUESTS_KEPT) log.requests.shift()
    request.url = ownSession(String(request.url), name)
  }
  server.prependListener('request', noteRequest).prependListener('upgrade', noteRequest)

  await listen(server, port, host)
  const url = `http://${host}:${(server.address() as AddressInfo).port}`
  return {
    name,
    url,
    async close () {
      endSessions()
      for (const socket of sockets) socket.destroy()
      await closeServer(server)
    }
  }
}
