import type { Upstream } from '../config/upstreams.js'
import { AnswerHeads } from '../http/answer-heads.js'
import type { Instance } from '../upstream/instance.js'
import { HttpConnection, type Exchange, type HttpConnectionOptions, type OutgoingRequest } from './http-connection.js'

/** How often idle connections are looked through for those whose time is over. */
const SWEEP_MS = 1_000

/** `kept`: on a connection that is there, if there is one. `new`: on one of its own, closed afterwards. */
export type ConnectionKind = 'kept' | 'new'

/** Sends requests to one instance. */
export interface Client {
  /** The request's head says `Connection: close` when `kind` is `new`. */
  readonly dispatch: (request: OutgoingRequest, exchange: Exchange, kind: ConnectionKind) => HttpConnection
}

/** The HTTP connections of every instance. */
export interface Clients {
  readonly clientOf: (instance: Instance<Upstream>) => Client
  /** Ends all connections, busy ones, too. */
  readonly close: () => void
}

/** As for each connection, and a clock. */
export type ClientOptions = HttpConnectionOptions & {
  /** ms; from any moment. */
  readonly now: () => number
}

/**
 * As many connections as there are requests under way, because each open stream holds one; client
 * connections are bounded at the door. Those that are free are kept for the next request, the last used
 * first, for as long as the instance is known to take one.
 */
export function createClients (
  instances: ReadonlyArray<Instance<Upstream>>, options: ClientOptions
): Clients {
  const clients = new Map(instances.map(instance => [instance, createClient(instance.upstream, options)]))
  return {
    clientOf: instance => clients.get(instance) as ClosableClient,
    close: () => {
      for (const client of clients.values()) client.close()
    }
  }
}

type ClosableClient = Client & { readonly close: () => void }

function createClient (upstream: Upstream, options: ClientOptions): ClosableClient {
  const { now } = options
  const open = new Set<HttpConnection>()
  let idle: HttpConnection[] = []
  let timer: NodeJS.Timeout | undefined

  /** False: its time is over, and it is closed. */
  const isFit = (connection: HttpConnection, time: number) => {
    if (!connection.isClosed && connection.keptUntil > time) return true
    connection.close()
    return false
  }
  const sweep = () => {
    const time = now()
    idle = idle.filter(connection => isFit(connection, time))
    timer = idle.length === 0 ? undefined : setTimeout(sweep, SWEEP_MS).unref()
  }
  const onFree = (connection: HttpConnection, keepMs: number) => {
    connection.keptUntil = now() + keepMs
    idle.push(connection)
    timer ??= setTimeout(sweep, SWEEP_MS).unref()
  }
  const heads = new AnswerHeads()
  const onClose = (closed: HttpConnection) => { open.delete(closed) }
  const closer = { upstream, heads, onFree: undefined, onClose }
  const keeper = { ...closer, onFree }
  const takeIdle = () => {
    const time = now()
    for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
      if (isFit(connection, time)) return connection
    }
    return undefined
  }

  return {
    dispatch: (request, exchange, kind) => {
      const kept = kind === 'kept' ? takeIdle() : undefined
      if (kept !== undefined) {
        kept.send(request, exchange)
        return kept
      }
      const connection = new HttpConnection(kind === 'kept' ? keeper : closer, options, request, exchange)
      open.add(connection)
      return connection
    },
    close: () => {
      clearTimeout(timer)
      for (const connection of open) connection.close()
      idle = []
    }
  }
}
