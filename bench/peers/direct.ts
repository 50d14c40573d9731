import type { Peer } from './peer.js'

/**
 * No proxy at all: what a latency is compared with. It has no process, so its figures are 0; scenarios that
 * want it add it to their peers.
 */
export const direct: Peer = {
  name: 'direct',
  version: async () => process.version,
  start: async ({ backendPort }) => ({
    name: 'direct',
    pid: 0,
    port: backendPort,
    cpuUs: () => 0,
    memoryKiB: () => 0,
    openFiles: () => 0,
    output: () => '',
    ask: async () => { throw new Error('nobody is there to ask') },
    stop: async () => {}
  })
}
