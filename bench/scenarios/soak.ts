import type { TimedChat } from '../backends/timed-chat.js'
import { startChild } from '../child.js'
import { flatness } from '../flatness.js'
import { INSPECTED, inspectorUrl, reachableMiB } from '../inspector.js'
import type { Churn } from '../load/churn.js'
import { sampleMemory, type MemorySample } from '../memory-sampler.js'
import { startGatehouse } from '../peers/gatehouse.js'
import type { Measured, Scenario } from '../scenario.js'

const LANES = 64
const SAMPLE_EVERY_MS = 500
const LONGEST_MS = 3_600_000

/** What two collections leave differs by megabytes; 20 bytes a connection would be 10 MiB in half the run. */
const TOLERANCE_MIB = 8

const flat = { unit: 'MiB', bars: [{ atMost: TOLERANCE_MIB }] }

/** Of the heap that is reachable: 7 bytes kept of each connection would be as much. */
const KEPT_TOLERANCE_MIB = 4

/** Warm-up: compiled code and what is kept for the next time have their size by then. */
const WARM_UP_SHARE = 0.4

/** A day's worth of connections in minutes: what is kept of any of them shows after a million. */
export const soak: Scenario = {
  name: 'soak',
  group: 'memory',
  title: '1,000,000 short tunnels and requests',
  figures: [
    {
      name: 'kept',
      title: 'heap after a collection, at the end less after the first 400,000',
      unit: 'MiB',
      bars: [{ atMost: KEPT_TOLERANCE_MIB }],
      isRequired: true // whatever is kept of connections that are gone is a fault, and no mere figure
    },
    { name: 'rss-drift', title: 'RSS gained along the second half (least squares)', ...flat },
    { name: 'rss-growth', title: 'RSS in the last tenth less the fourth', ...flat },
    { name: 'heap-drift', title: 'anonymous memory gained along the second half (least squares)', ...flat },
    { name: 'heap-growth', title: 'anonymous memory in the last tenth less the fourth', ...flat },
    { name: 'rss-peak', title: 'highest RSS', unit: 'MiB', bars: [] },
    { name: 'rate', title: 'tunnels and requests each second', unit: 'per s', bars: [] }
  ],
  run: async bench => {
    const backend = await startChild<TimedChat>('backends/timed-chat.js', bench.loadCore)
    const backendPort = await backend.ask('listen', undefined)
    const churn = await startChild<Churn>('load/churn.js', bench.loadCore)
    const where = { core: bench.proxyCore, directory: bench.directory() }
    const gateway = await startGatehouse({ backendPort, ...where }, { NODE_OPTIONS: INSPECTED })
    const inspector = inspectorUrl(gateway.output())
    const reachable = async () => {
      await backend.ask('untilNoTunnels', undefined)
      return await reachableMiB(inspector)
    }
    const sampler = sampleMemory(gateway.pid, SAMPLE_EVERY_MS)
    const total = bench.size(1_000_000, 5_000)
    const target = { port: gateway.port, path: '/stomp/ws-stomp', lanes: LANES }
    const startedMs = performance.now()
    const first = await churn.ask('churn', { ...target, total: total * WARM_UP_SHARE }, LONGEST_MS)
    const warmMiB = await reachable()
    const rest = await churn.ask('churn', { ...target, total: total * (1 - WARM_UP_SHARE) }, LONGEST_MS)
    const seconds = (performance.now() - startedMs) / 1_000
    const samples = sampler.stop()
    const kept = await reachable() - warmMiB
    const done = Object.keys(first).map(kind => [kind, (first[kind] ?? 0) + (rest[kind] ?? 0)])
    bench.say(`  ${done.map(([kind, count]) => `${kind}: ${count}`).join(', ')}`)
    // A smoke run is over before memory has warmed up.
    const memory = bench.size(1, 0) ? memoryFigures(samples) : {}
    return { kept: { gatehouse: [kept] }, ...memory, rate: { gatehouse: [total / seconds] } }
  }
}

function memoryFigures (samples: readonly MemorySample[]): Measured {
  const rss = samples.map(sample => sample.rss)
  const ofRss = flatness(rss, TOLERANCE_MIB)
  const ofHeap = flatness(samples.map(({ anonymous }) => anonymous), TOLERANCE_MIB)
  return {
    'rss-drift': { gatehouse: [ofRss.drift] },
    'rss-growth': { gatehouse: [ofRss.growth] },
    'heap-drift': { gatehouse: [ofHeap.drift] },
    'heap-growth': { gatehouse: [ofHeap.growth] },
    'rss-peak': { gatehouse: [Math.max(...rss)] }
  }
}
