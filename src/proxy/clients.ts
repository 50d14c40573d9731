import { Pool, type Dispatcher } from 'undici'
import type { Upstream } from '../config/upstreams.js'
import type { Instance } from '../upstream/instance.js'
import { dial } from './dial.js'

/** SockJS servers beat every 25 s; a stream that is silent for less than this is never cut. */
const SHORTEST_STREAM_IDLE_MS = 60_000

/** `kept`: on a connection that is there, if there is one. `new`: on one of its own, closed afterwards. */
export type ConnectionKind = 'kept' | 'new'

type Handler = Required<Pick<Dispatcher.DispatchHandler,
  'onRequestStart' | 'onResponseStart' | 'onResponseData' | 'onResponseEnd' | 'onResponseError'>>

/** Sends requests to one instance, as undici's `dispatch` does. */
export interface Client { dispatch: (request: Dispatcher.DispatchOptions, handler: Handler) => boolean }

/** The HTTP connections of every instance. */
export interface Clients {
  readonly clientOf: (instance: Instance<Upstream>, kind: ConnectionKind) => Client
  /** Ends all connections, busy ones, too. */
  readonly close: () => Promise<void>
}

/**
 * Two undici pools an instance, one for each kind of connection. As many connections as there are requests
 * under way, because each open stream holds one and undici's default of 128 would starve the rest; client
 * connections are bounded at the door.
 * @param idleTimeoutMs how long an answer may be silent between two chunks; at least 60 s are given
 */
export function createClients (
  instances: ReadonlyArray<Instance<Upstream>>, options: ClientOptions
): Clients {
  const clients = new Map(instances.map(instance => [instance, {
    kept: createClient(instance.upstream, options, 1),
    new: createClient(instance.upstream, options, 0)
  }]))
  return {
    clientOf: (instance, kind) => (clients.get(instance) as Record<ConnectionKind, Client>)[kind],
    close: async () => {
      await Promise.all([...clients.values()].flatMap(each => [each.kept.close(), each.new.close()]))
    }
  }
}

interface ClientOptions { readonly connectTimeoutMs: number, readonly idleTimeoutMs: number }

type ClosableClient = Client & { readonly close: () => Promise<void> }

/** @param pipelining undici's: 0 sends `Connection: close` and keeps no connection */
function createClient (upstream: Upstream, options: ClientOptions, pipelining: 0 | 1): ClosableClient {
  const waiting = new Set<Waiting>()
  const pool = new Pool(originOf(upstream), {
    connections: null,
    pipelining,
    headersTimeout: 0, // forward.ts keeps its own clock, set back by each chunk of the request's body
    bodyTimeout: Math.max(options.idleTimeoutMs, SHORTEST_STREAM_IDLE_MS),
    connect: (_options, done) => {
      // undici connects again for a request that was aborted. Nobody waits: the instance is spared that.
      if (waiting.size === 0) {
        done(new Error('no request waits for a connection'), null)
        return
      }
      dial(upstream, options.connectTimeoutMs, (error, socket) => {
        if (socket === null) done(error as Error, null)
        else done(null, socket)
      })
    }
  })
  return {
    dispatch: (request, handler) => pool.dispatch(request, new Waiting(handler, waiting)),
    close: async () => { await pool.destroy() }
  }
}

/** One request's handler, in the set of those that wait for a connection until it has one or fails. */
class Waiting implements Handler {
  readonly #handler: Handler
  readonly #waiting: Set<Waiting>

  constructor (handler: Handler, waiting: Set<Waiting>) {
    this.#handler = handler
    this.#waiting = waiting
    waiting.add(this)
  }

  onRequestStart (...args: Parameters<Handler['onRequestStart']>): void {
    this.#waiting.delete(this)
    this.#handler.onRequestStart(...args)
  }

  onResponseStart (...args: Parameters<Handler['onResponseStart']>): void {
    this.#handler.onResponseStart(...args)
  }

  onResponseData (...args: Parameters<Handler['onResponseData']>): void {
    this.#handler.onResponseData(...args)
  }

  onResponseEnd (...args: Parameters<Handler['onResponseEnd']>): void {
    this.#handler.onResponseEnd(...args)
  }

  onResponseError (...args: Parameters<Handler['onResponseError']>): void {
    this.#waiting.delete(this)
    this.#handler.onResponseError(...args)
  }
}

function originOf ({ protocol, authority }: Upstream): string {
  return `${protocol}//${authority}`
}
