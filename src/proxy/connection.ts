import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** What the gateway remembers of one client connection. */
export interface Connection {
  /**
   * The last answer on it has been decided: whatever is pipelined behind is not processed (RFC 9112 §9.6).
   */
  closing: boolean
  /** Requests without a complete answer; pipelined ones count from their first byte of routing on. */
  underWay: number
  /** One for each pipelined request whose turn has not come: called when it has. */
  readonly waiting: Array<() => void>
  /**
   * One for each request or tunnel under way: called when the client is gone, or, with the reason, when it is
   * still there and will not be waited for; then the request is answered or the connection ended.
   */
  readonly onGone: Set<(reason?: Error) => void>
}

/** On the socket itself: a WeakMap of thousands of them is work for every garbage collection. */
const kConnection = Symbol('what is under way')
type Known = Socket & { [kConnection]?: Connection }

/**
 * The record of a client's connection; the first call makes it. A pipelined answer that waits for its turn
 * gets no 'close' of its own from Node, so the socket's is passed on to all that is under way, by one
 * listener a socket.
 */
export function connectionOf (socket: Known): Connection {
  const known = socket[kConnection]
  if (known !== undefined) return known
  const connection: Connection = { closing: false, underWay: 0, waiting: [], onGone: new Set() }
  socket[kConnection] = connection
  socket.once('close', () => {
    const gone = [...connection.onGone]
    connection.onGone.clear()
    connection.waiting.length = 0
    for (const tell of gone) tell()
  })
  return connection
}

/**
 * Counts a request in until its response closes. One request of a connection is processed at a time, in
 * order: pipelined, they would let one client hold many connections to instances.
 * @returns resolves when the earlier ones are done, never when the client leaves before; undefined: at once
 */
export function takeTurn (socket: Socket, response: ServerResponse): Promise<void> | undefined {
  const connection = connectionOf(socket)
  const turn = connection.underWay === 0
    ? undefined
    : new Promise<void>(resolve => { connection.waiting.push(resolve) })
  connection.underWay++
  response.once('close', () => {
    connection.underWay--
    connection.waiting.shift()?.()
  })
  return turn
}

/** How long a refused client may take to read the answer and stop sending. */
const LINGER_MS = 2_000

/**
 * Ends a connection so that the last answer arrives: what the client still sends is read and thrown away for
 * up to two seconds, because closing over unread bytes makes TCP reset the connection and the answer with
 * it.
 */
export function closeGently (socket: Socket): void {
  if (socket.destroyed) return
  socket.removeAllListeners('data')
  socket.on('data', () => {})
  socket.resume()
  socket.end()
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('end', () => socket.destroySoon())
  socket.once('close', () => clearTimeout(timer))
}

/**
 * After an answer that came before the request's body was read: the rest of the body is read and thrown
 * away, and the connection lives on; when it has not come in two seconds, the connection ends.
 */
export function drainBody (request: IncomingMessage): void {
  const { socket } = request
  if (request.complete || socket.destroyed) return
  const timer = setTimeout(() => request.destroy(), LINGER_MS)
  const settle = () => {
    clearTimeout(timer)
    request.off('close', settle)
    socket.off('close', settle)
  }
  request.once('close', settle)
  socket.once('close', settle) // Node tells a request nothing more once its answer is out
  request.resume()
}
