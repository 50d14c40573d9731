import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import sockjs from 'sockjs'
import type { Connection } from 'sockjs'
import type { Test } from 'tap'
import { createInbox, type Inbox } from './inbox.js'

/** One open connection as the instance sees it. */
export interface SockjsPeer {
  connection: Connection
  messages: Inbox<string>
  /** Resolves when sockjs holds the connection for closed. */
  closed: Promise<unknown>
}

/** A chat-service of plain sockjs at `<url>/echo`. */
export interface SockjsInstance {
  url: string
  /** The session id of every request that named one, in order. */
  sessions: string[]
  peers: Inbox<SockjsPeer>
}

interface SockjsInstanceOptions {
  /** Gets each message; without it they stay in the peer's inbox. */
  onMessage?: (connection: Connection, message: string) => void
}

/**
 * ms a session without an open request lives on. It holds the process up for as long after the test, but on a
 * busy machine there may be as much between two requests.
 */
export const DISCONNECT_DELAY_MS = 2_000

const SESSION = /^(\/echo\/[^/.]+\/)([^/.]+)(?=\/[a-z_]+)/

/** Listens on a free port; ends with the test, and every connection with it. */
export async function sockjsInstance (
  t: Test, { onMessage }: SockjsInstanceOptions = {}
): Promise<SockjsInstance> {
  const sessions: string[] = []
  const peers = createInbox<SockjsPeer>()
  const sockets = new Set<Socket>()
  const server = createServer().on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const endpoint = sockjs.createServer({ prefix: '/echo', disconnect_delay: DISCONNECT_DELAY_MS, log: () => {} })
  endpoint.on('connection', connection => {
    const messages = createInbox<string>()
    connection.on('data', message => onMessage === undefined ? messages.push(message) : onMessage(connection, message))
    peers.push({ connection, messages, closed: once(connection, 'close') })
  })
  endpoint.installHandlers(server)

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  // sockjs keeps the sessions of all servers of a process in one map. With the port in the id they are as
  // separate as on two machines, and a request sent to the wrong instance does not find its session.
  const separate = (request: IncomingMessage) => {
    const session = SESSION.exec(String(request.url))?.[2]
    if (session !== undefined) sessions.push(session)
    request.url = String(request.url).replace(SESSION, `$1${port}~$2`)
  }
  server.prependListener('request', separate).prependListener('upgrade', separate)
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return { url: `http://127.0.0.1:${port}`, sessions, peers }
}
