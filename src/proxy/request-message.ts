import { IncomingMessage, type IncomingHttpHeaders } from 'node:http'
import { headerObject } from '../http/headers.js'
import { asksForH2c } from '../http/handshake.js'

const kAsksToSwitch = Symbol('asks to switch protocols')
const kHeaders = Symbol('headers')

/**
 * A request as Node's server reads it, but for one thing: an upgrade to h2c is none, so that Node's parser
 * stays and the request is served with its body. Node asks `upgrade` once the head is complete, and hands the
 * socket over when it is true; it has no option for this (`shouldUpgradeCallback` came with Node 24). Its
 * `headers` are what Node makes of the same lines, at less cost.
 */
export class RequestMessage extends IncomingMessage {
  /** Set by the constructor above this one, so it must not be initialized here. */
  declare [kAsksToSwitch]: boolean | null
  [kHeaders]: IncomingHttpHeaders | undefined
  #ignores: boolean | undefined

  /** True: what follows the head is another protocol. */
  get upgrade (): boolean {
    return this[kAsksToSwitch] === true && !this.ignoresUpgrade
  }

  set upgrade (asks: boolean | null) {
    this[kAsksToSwitch] = asks
  }

  /**
   * True: an upgrade was asked for and will not be granted. Node's parser drops what it has read beyond such
   * a request, so it has to be the last one of its connection.
   */
  get ignoresUpgrade (): boolean {
    if (this[kAsksToSwitch] !== true || this.method === 'CONNECT') return false
    this.#ignores ??= asksForH2c(this.rawHeaders) // Node asks more than once
    return this.#ignores
  }
}

const NODES_HEADERS = Object.getOwnPropertyDescriptor(IncomingMessage.prototype, 'headers') as
  { get: (this: IncomingMessage) => IncomingHttpHeaders }

// Not in the class: to TypeScript it is a property, which no accessor may stand for.
Object.defineProperty(RequestMessage.prototype, 'headers', {
  get (this: RequestMessage) {
    // Node's own way is for names that are repeated, of which it joins some and drops others.
    this[kHeaders] ??= headerObject(this.rawHeaders) ?? NODES_HEADERS.get.call(this)
    return this[kHeaders]
  },
  set (this: RequestMessage, headers: IncomingHttpHeaders) {
    this[kHeaders] = headers
  }
})
