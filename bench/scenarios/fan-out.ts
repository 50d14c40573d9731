import type { Scenario } from '../scenario.js'
import { measureTunnels } from './tunnels.js'

const BYTES = 100

/** One message to everybody: what a chat room does. */
export const fanOut: Scenario = {
  name: 'fan-out',
  group: 'ws',
  title: `tunnel, ${BYTES}-byte messages to 1,000 clients`,
  figures: [{
    name: 'cpu', title: 'CPU per delivered message', unit: 'µs', bars: [{ against: 'nginx', atMost: 1.25 }]
  }],
  run: async bench => {
    const tunnels = bench.size(1_000, 50)
    const turns = bench.size(100, 5)
    return await measureTunnels(bench, {
      tunnels, units: tunnels * turns, work: backendPort => ({ do: 'fan-out', backendPort, turns, bytes: BYTES })
    })
  }
}
