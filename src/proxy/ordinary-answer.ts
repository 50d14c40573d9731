import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { isFramedPlainly } from '../http/headers.js'
import type { Inlet, Reader } from './dial.js'

type Answered = (error: Error | null, response: IncomingMessage | null) => void

/**
 * Reads the answer to a GET that was sent already with Node's own HTTP client, which knows how bodies end.
 * @param seen what came of the answer so far, as latin1
 * @param done called with the answer, whose body still streams, or with why it cannot be relayed; perhaps
 *   more than once, the first call counts
 */
export function readOrdinaryAnswer (socket: Socket, inlet: Inlet, seen: string, done: Answered): void {
  const stream = new AnswerStream(socket)
  inlet.reader = stream
  stream.push(seen, 'latin1')
  const fail = (error: Error) => done(error, null)
  httpRequest({ createConnection: () => stream })
    .on('response', response => {
      const fault = findAnswerFault(response)
      if (fault === undefined) done(null, response)
      else fail(new Error(`the instance's answer cannot be relayed: ${fault}`))
    })
    .on('upgrade', () => fail(new Error('the instance\'s 101 does not fit: its version is not HTTP/1.1')))
    .on('error', fail)
    .end()
}

/** A 101 that names no protocol comes here, too: after it nobody knows what the bytes mean. */
function findAnswerFault ({ statusCode = 0, rawHeaders }: IncomingMessage): string | undefined {
  if (statusCode < 200) return `its status is ${statusCode}`
  return isFramedPlainly(rawHeaders) ? undefined : 'it has a transfer coding beside chunked'
}

/** What comes in on a dialled socket, as the stream that Node's client wants; what that sends is dropped. */
class AnswerStream extends Duplex implements Reader {
  readonly #socket: Socket

  constructor (socket: Socket) {
    super()
    this.#socket = socket
    socket.once('end', () => this.push(null))
    socket.once('close', () => this.destroy())
  }

  accept (size: number, bytes: Buffer): void {
    if (!this.push(Buffer.from(bytes.subarray(0, size)))) this.#socket.pause()
  }

  override _read (): void {
    this.#socket.resume()
  }

  override _write (_chunk: unknown, _encoding: string, done: () => void): void {
    done()
  }

  /** Node ends the connection once the answer is read to its end. */
  override _final (done: () => void): void {
    this.#socket.destroySoon()
    done()
  }

  override _destroy (error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}
