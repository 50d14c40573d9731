import type { Scenario } from '../scenario.js'
import { measureTunnels } from './tunnels.js'

const TUNNELS = 64
const BYTES = 100

/** Messages that come back: what a chat's client waits for. */
export const echo: Scenario = {
  name: 'echo',
  group: 'ws',
  title: `tunnel, ${BYTES}-byte echo over ${TUNNELS} tunnels, one message in flight on each`,
  figures: [{
    name: 'cpu', title: 'CPU per echoed message', unit: 'µs', bars: [{ against: 'nginx', atMost: 1.25 }]
  }],
  run: async bench => {
    const turns = bench.size(1_000, 20)
    return await measureTunnels(bench, {
      tunnels: TUNNELS, units: TUNNELS * turns, work: () => ({ do: 'echo', turns, bytes: BYTES })
    })
  }
}
