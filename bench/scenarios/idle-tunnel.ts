import { setTimeout } from 'node:timers/promises'
import { startTimedChat, TUNNEL_PATH } from '../backends/start-timed-chat.js'
import type { Child } from '../child.js'
import type { TunnelClient } from '../load/tunnel-client.js'
import type { Peer } from '../peers/peer.js'
import type { Bench, Scenario } from '../scenario.js'

const LANES = 32

/**
 * What a tunnel costs that nobody speaks on. Every sample is taken of a process of its own: what was once
 * taken for tunnels stays with most programs, so a second look at the same process would find them free.
 */
export const idleTunnel: Scenario = {
  name: 'idle-tunnel',
  group: 'memory',
  title: '4,000 idle tunnels',
  figures: [
    {
      name: 'per-tunnel',
      title: 'RSS of each tunnel',
      unit: 'KiB',
      bars: [{ against: 'nginx', atMost: 1.0 }, { atMost: 10 }]
    },
    { name: 'before', title: 'RSS after warm-up, without tunnels', unit: 'MiB', bars: [] }
  ],
  run: async bench => {
    const { backendPort, client } = await startTimedChat(bench.loadCore)
    const perTunnel: Record<string, number[]> = {}
    const before: Record<string, number[]> = {}
    for (let round = 1; round <= bench.rounds; round++) {
      for (const peer of bench.peers.filter(({ name }) => name !== 'direct')) {
        const sample = await measure(bench, { peer, client, backendPort })
        ;(perTunnel[peer.name] ??= []).push(sample.perTunnelKiB)
        ;(before[peer.name] ??= []).push(sample.beforeKiB / 1024)
        bench.say(`  round ${round} of ${bench.rounds}: ${peer.name}: ${sample.perTunnelKiB.toFixed(1)} KiB`)
      }
    }
    return { 'per-tunnel': perTunnel, before }
  }
}

interface Setup { readonly peer: Peer, readonly client: Child<TunnelClient>, readonly backendPort: number }

/**
 * Warm-up opens and closes as many tunnels as will be counted, but few at a time: the heap that handshakes
 * take is there before, room for thousands of tunnels is not.
 */
async function measure (
  bench: Bench, { peer, client, backendPort }: Setup
): Promise<{ perTunnelKiB: number, beforeKiB: number }> {
  const count = bench.size(4_000, 200)
  const settleMs = bench.size(5_000, 200)
  const proxy = await peer.start({ backendPort, core: bench.proxyCore, directory: bench.directory() })
  const plan = { port: proxy.port, path: TUNNEL_PATH, count, lanes: LANES }
  await client.ask('openAndClose', plan)
  await setTimeout(settleMs)
  const beforeKiB = proxy.memoryKiB()
  await client.ask('open', plan)
  await setTimeout(settleMs)
  const afterKiB = proxy.memoryKiB()
  const open = await client.ask('countTunnels', undefined)
  if (open !== count) throw new Error(`${peer.name}: ${open} of ${count} idle tunnels are still open`)
  await client.ask('cut', undefined)
  await proxy.stop()
  return { perTunnelKiB: (afterKiB - beforeKiB) / count, beforeKiB }
}
