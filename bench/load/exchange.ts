import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** An answer that ended: chunked ones do not, for the load, as those are streams. */
export interface Answer { readonly status: number, readonly body: string }

/** Time for one answer. */
const ANSWER_MS = 30_000

/** A client's connection that sends what it is given and reads answers one by one. */
export class Exchange {
  readonly socket: Socket
  #received = ''
  #look = () => {}

  private constructor (socket: Socket) {
    this.socket = socket
    socket.on('data', chunk => {
      this.#received += chunk.toString('latin1')
      this.#look()
    })
    socket.on('error', () => {}) // its close tells
    socket.on('close', () => this.#look())
  }

  /** Connects to 127.0.0.1. */
  static async open (port: number): Promise<Exchange> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    await once(socket, 'connect')
    return new Exchange(socket)
  }

  /** Whether another request can be sent. */
  get isOpen (): boolean {
    return this.socket.writable && this.socket.readable
  }

  /** Sends a request and takes its answer. */
  async request (head: string): Promise<Answer> {
    this.#received = ''
    this.socket.write(head, 'latin1')
    const bytes = await this.#until(isWhole)
    return { status: Number(bytes.slice(9, 12)), body: bytes.slice(bytes.indexOf('\r\n\r\n') + 4) }
  }

  /** Sends a request whose answer never ends. Resolves with the begin of it. */
  async begin (head: string): Promise<string> {
    this.#received = ''
    this.socket.write(head, 'latin1')
    return await this.#until(bytes => bytes.includes('\r\n\r\n'))
  }

  async #until (holds: (bytes: string) => boolean): Promise<string> {
    return await new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        clearTimeout(timer)
        this.#look = () => {}
        if (error === undefined) resolve(this.#received)
        else reject(error)
      }
      const timer = setTimeout(() => settle(new Error(`no answer, but: ${this.#received}`)), ANSWER_MS)
      this.#look = () => {
        if (holds(this.#received)) settle()
        else if (this.socket.destroyed) settle(new Error(`closed after: ${this.#received}`))
      }
    })
  }
}

/** RFC 9112 §6.3, as far as the bench's answers go. */
function isWhole (bytes: string): boolean {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(bytes.slice(0, end))?.[1]
  if (length === undefined) throw new Error(`an answer without Content-Length: ${bytes}`)
  return bytes.length >= end + 4 + Number(length)
}
