import type { Running } from '../process.js'

/** What a peer is told when it starts. */
export interface PeerOptions {
  /** of the backend, on 127.0.0.1 */
  readonly backendPort: number
  /** the core it may run on; undefined: any */
  readonly core: number | undefined
  /** an empty one, for its files; somebody else removes it */
  readonly directory: string
}

/** A proxy that is measured: `/stomp/**` reaches the backend without `/stomp`, upgrades included. */
export interface Peer {
  readonly name: string
  /** undefined when it is not on this machine; `install` says how to get it */
  readonly version: () => Promise<string | undefined>
  readonly install?: string
  readonly start: (options: PeerOptions) => Promise<Running>
}
