/** What the WebSocket load is asked to do. It answers once that is done, and fails if anything is amiss. */
export type Work =
  | { readonly do: 'open', readonly port: number, readonly tunnels: number }
  /** on the open tunnels: one message in flight on each */
  | { readonly do: 'echo', readonly turns: number, readonly bytes: number }
  /** to the open tunnels: the next message when all have the last */
  | { readonly do: 'fan-out', readonly backendPort: number, readonly turns: number, readonly bytes: number }
  /** open, 101, reset */
  | { readonly do: 'handshakes', readonly port: number, readonly count: number }
  /** the open tunnels; fails if a message came on one of them after the last one of its work */
  | { readonly do: 'close' }
