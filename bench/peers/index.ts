import { gatehouse } from './gatehouse.js'
import { nginx } from './nginx.js'
import type { Peer } from './peer.js'

/** All peers, in the order in which they are measured and told of. */
export const peers: readonly Peer[] = [gatehouse, nginx]
