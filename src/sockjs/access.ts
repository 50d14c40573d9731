import type { SockjsPath } from './path.js'
import { TRANSPORTS } from './transports.js'

/** The transport a path needs and `enabled` (SOCKJS_TRANSPORTS) lacks; undefined when it may pass. */
export function findDisabled (path: SockjsPath, enabled: ReadonlySet<string>): string | undefined {
  const needed = neededBy(path)
  return needed === undefined || enabled.has(needed) ? undefined : needed
}

/** The session id by which requests of one session meet one instance; undefined for all other requests. */
export function sessionOf (path: SockjsPath): string | undefined {
  return path.kind === 'session' && TRANSPORTS[path.transport].affinity ? path.session : undefined
}

/**
 * Whether a WebSocket may be spoken there. SockJS names the places that have none, and servers are not made
 * for an upgrade of them: sockjs-node 0.3.24 answers one of `info`, and its process ends.
 */
export function mayUpgrade (path: SockjsPath): boolean {
  if (path.kind === 'session') return path.transport === 'websocket'
  return path.kind === 'raw-websocket' || path.kind === 'other'
}

function neededBy (path: SockjsPath): string | undefined {
  switch (path.kind) {
    case 'session': return path.transport
    case 'raw-websocket': return 'websocket'
    case 'iframe': return 'iframe'
    default: return undefined
  }
}
