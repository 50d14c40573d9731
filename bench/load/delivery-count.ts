import { percentiles, type Percentiles } from '../percentiles.js'
import { FRAME_BYTES, monotonicUs, readStamped } from './stamped-message.js'

/** What arrived of a chat. Latencies are in µs, of every delivery. */
export interface Deliveries {
  readonly received: number
  /** Messages that were altered, doubled or out of turn. */
  readonly wrong: number
  /** From the moment the server began to send this message to its room: its own loop is part of it. */
  readonly sinceBroadcastUs: Percentiles
  /** From the moment the server wrote the message to this very client. */
  readonly sinceWriteUs: Percentiles
}

/**
 * Checks and counts what arrives on tunnels that get `messages` each. Every byte is looked at, every tunnel
 * gets its messages in turn: what is not wrong was neither lost nor doubled.
 */
export class DeliveryCount {
  readonly #sinceBroadcastUs: Float64Array
  readonly #sinceWriteUs: Float64Array
  readonly #messages: number
  readonly #nextOf: Uint32Array
  /** The begin of a frame whose end has not arrived; rarely there. */
  readonly #begun = new Map<number, Buffer>()
  #received = 0
  #wrong = 0

  constructor (tunnels: number, messages: number) {
    this.#sinceBroadcastUs = new Float64Array(tunnels * messages)
    this.#sinceWriteUs = new Float64Array(tunnels * messages)
    this.#messages = messages
    this.#nextOf = new Uint32Array(tunnels)
  }

  /** Whether all has arrived that is to come. */
  get isComplete (): boolean {
    return this.#received >= this.#sinceWriteUs.length
  }

  /** The next bytes of this tunnel, counted from 0. */
  take (tunnel: number, chunk: Buffer): void {
    const nowUs = monotonicUs()
    const begun = this.#begun.get(tunnel)
    const bytes = begun === undefined ? chunk : Buffer.concat([begun, chunk])
    let at = 0
    for (; at + FRAME_BYTES <= bytes.length; at += FRAME_BYTES) this.#note(tunnel, bytes, at, nowUs)
    if (at < bytes.length) this.#begun.set(tunnel, Buffer.from(bytes.subarray(at)))
    else if (begun !== undefined) this.#begun.delete(tunnel)
  }

  /** All that arrived so far. */
  deliveries (): Deliveries {
    const right = this.#received - this.#wrong
    return {
      received: this.#received,
      wrong: this.#wrong + this.#begun.size,
      sinceBroadcastUs: percentiles(this.#sinceBroadcastUs.subarray(0, right)),
      sinceWriteUs: percentiles(this.#sinceWriteUs.subarray(0, right))
    }
  }

  #note (tunnel: number, bytes: Buffer, at: number, nowUs: number): void {
    const message = readStamped(bytes, at)
    const next = this.#nextOf[tunnel]
    this.#received++
    if (message === undefined || message.sequence !== next || next === this.#messages) {
      this.#wrong++
      return
    }
    this.#nextOf[tunnel] = next + 1
    const index = this.#received - this.#wrong - 1
    this.#sinceBroadcastUs[index] = nowUs - message.broadcastUs
    this.#sinceWriteUs[index] = nowUs - message.writtenUs
  }
}
