import { startChat } from '../backends/start-chat.js'
import { startWebSocketLoad } from '../load/start-websocket-load.js'
import type { Running } from '../process.js'
import { cpuPerUnit, measureRounds } from '../rounds.js'
import type { Scenario } from '../scenario.js'

/** Connections that come and go: what a deployment of the chat-service, or a flaky network, brings. */
export const handshake: Scenario = {
  name: 'handshake',
  group: 'ws',
  title: 'upgrade handshake: connect, 101, SockJS open frame, reset; 32 at a time',
  figures: [{
    name: 'cpu', title: 'CPU per handshake', unit: 'µs', bars: [{ against: 'nginx', atMost: 3.5 }]
  }],
  run: async bench => {
    const backend = await startChat(bench.loadCore)
    const load = await startWebSocketLoad(bench.loadCore)
    const count = bench.size(2_000, 50)
    const visits = async (proxy: Running, count: number) => ({
      cpu: await cpuPerUnit(proxy, count, async () => {
        await load({ do: 'handshakes', port: proxy.port, count })
        const left = await backend.openTunnels(0, 5_000) // ending what was opened is part of it
        if (left > 0) throw new Error(`${left} tunnels are open 5 s after their clients left`)
      })
    })
    return await measureRounds(bench, {
      backendPort: backend.port,
      // Tens of thousands of them pass before all that a handshake runs through has been compiled for good.
      warmUp: async proxy => await visits(proxy, bench.size(30_000, 50)),
      measure: async proxy => await visits(proxy, count)
    })
  }
}
