import { startChat } from '../backends/start-chat.js'
import { loadInfo } from '../load/http-load.js'
import type { Running } from '../process.js'
import { cpuPerUnit, measureRounds } from '../rounds.js'
import type { Scenario } from '../scenario.js'

const CONNECTIONS = 64

/** The first thing that every SockJS client asks for. */
export const info: Scenario = {
  name: 'info',
  group: 'http',
  title: `GET …/info, keep-alive, ${CONNECTIONS} connections`,
  figures: [{
    name: 'cpu',
    title: 'CPU per request',
    unit: 'µs',
    bars: [{ against: 'nginx', atMost: 4.0 }, { against: 'fastify-http-proxy', atMost: 0.5 }]
  }],
  run: async bench => {
    const backend = await startChat(bench.loadCore)
    const load = async ({ port }: Running, requests: number) =>
      await loadInfo({ port, requests, connections: CONNECTIONS, core: bench.loadCore })
    const requests = bench.size(40_000, 200)
    return await measureRounds(bench, {
      backendPort: backend.port,
      // V8 compiles on for some 200,000 requests: until then each costs up to twice as much.
      warmUp: async proxy => await load(proxy, bench.size(250_000, 200)),
      measure: async proxy => ({
        cpu: await cpuPerUnit(proxy, requests, async () => await load(proxy, requests))
      })
    })
  }
}
