import { startChild, type Child } from '../child.js'
import type { TunnelClient } from '../load/tunnel-client.js'
import type { TimedChat } from './timed-chat.js'

/** Where every tunnel of the load goes, through a proxy or straight to the backend. */
export const TUNNEL_PATH = '/stomp/ws-stomp/websocket'

/** A backend that listens, and a client for tunnels to it, both on this core. */
export async function startTimedChat (
  core: number | undefined
): Promise<{ backend: Child<TimedChat>, client: Child<TunnelClient>, backendPort: number }> {
  const backend = await startChild<TimedChat>('backends/timed-chat.js', core)
  const client = await startChild<TunnelClient>('load/tunnel-client.js', core)
  return { backend, client, backendPort: await backend.ask('listen', undefined) }
}
