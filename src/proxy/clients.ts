import { Pool, type Dispatcher } from 'undici'
import type { Upstream } from '../config/upstreams.js'
import type { Instance } from '../upstream/instance.js'
import { dial } from './dial.js'

/** SockJS servers beat every 25 s; a stream that is silent for less than this is never cut. */
const SHORTEST_STREAM_IDLE_MS = 60_000

/** The HTTP connections of every instance. */
export interface Clients {
  readonly clientOf: (instance: Instance<Upstream>) => Dispatcher
  /** Ends all connections, busy ones, too. */
  readonly close: () => Promise<void>
}

/**
 * One undici pool an instance. As many connections as there are requests under way, because each open stream
 * holds one and undici's default of 128 would starve the rest; client connections are bounded at the door.
 * @param idleTimeoutMs how long an answer may be silent between two chunks; at least 60 s are given
 */
export function createClients (
  instances: ReadonlyArray<Instance<Upstream>>,
  { connectTimeoutMs, idleTimeoutMs }: { connectTimeoutMs: number, idleTimeoutMs: number }
): Clients {
  const pools = new Map(instances.map(instance => [instance, new Pool(originOf(instance.upstream), {
    connections: null,
    pipelining: 1,
    headersTimeout: 0, // forward.ts keeps its own clock, set back by each chunk of the request's body
    bodyTimeout: Math.max(idleTimeoutMs, SHORTEST_STREAM_IDLE_MS),
    connect: (_options, done) => {
      dial(instance.upstream, connectTimeoutMs, (error, socket) => {
        if (socket === null) done(error as Error, null)
        else done(null, socket)
      })
    }
  })]))
  return {
    clientOf: instance => pools.get(instance) as Pool,
    close: async () => { await Promise.all([...pools.values()].map(pool => pool.destroy())) }
  }
}

function originOf ({ protocol, authority }: Upstream): string {
  return `${protocol}//${authority}`
}
