import { startChat } from '../backends/start-chat.js'
import { startWebSocketLoad } from '../load/start-websocket-load.js'
import type { Work } from '../load/work.js'
import type { Running } from '../process.js'
import { cpuPerUnit, measureRounds } from '../rounds.js'
import type { Bench, Measured } from '../scenario.js'

/** Work on tunnels that are open already. */
export interface TunnelWork {
  readonly tunnels: number
  /** what the load is asked to do, on tunnels to this backend */
  readonly work: (backendPort: number) => Work
  /** how many units that is */
  readonly units: number
}

/** Until what a message runs through has been compiled for good. */
const WARM_UP_ROUNDS = 4

/** CPU time per unit of work on open tunnels, of each peer. Opening and closing them is not counted. */
export async function measureTunnels (bench: Bench, { tunnels, work, units }: TunnelWork): Promise<Measured> {
  const backend = await startChat(bench.loadCore)
  const load = await startWebSocketLoad(bench.loadCore)
  const round = async (proxy: Running) => {
    await load({ do: 'open', port: proxy.port, tunnels })
    const cpu = await cpuPerUnit(proxy, units, async () => await load(work(backend.port)))
    await load({ do: 'close' })
    const left = await backend.openTunnels(0, 5_000)
    if (left > 0) throw new Error(`${left} tunnels are open 5 s after their clients left`)
    return { cpu }
  }
  const warmUp = async (proxy: Running) => {
    for (let times = bench.size(WARM_UP_ROUNDS, 1); times > 0; times--) await round(proxy)
  }
  return await measureRounds(bench, { backendPort: backend.port, warmUp, measure: round })
}
