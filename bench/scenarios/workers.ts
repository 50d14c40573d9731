import { startChat } from '../backends/start-chat.js'
import { loadInfo } from '../load/http-load.js'
import { startGatehouse } from '../peers/gatehouse.js'
import { cpuUsOf, processTree } from '../process-tree.js'
import type { Running } from '../process.js'
import type { Bench, Measured, Scenario } from '../scenario.js'
import { scalingOf } from '../scaling.js'

const CONNECTIONS = 64
const ONE = 'WORKERS=1'
const TWO = 'WORKERS=2'

/** What a second worker gives. On two cores the load is in its way, so the scaling comes from CPU time. */
export const workers: Scenario = {
  name: 'workers',
  group: 'http',
  title: `one worker and two, GET …/info, ${CONNECTIONS} connections`,
  figures: [
    { name: 'cpu', title: 'CPU per request, of all processes', unit: 'µs', bars: [] },
    { name: 'rate', title: 'requests, the load on the same cores', unit: 'per s', bars: [] },
    {
      name: 'scaling',
      title: 'requests that the CPU time of two allows, by those of one',
      unit: 'x',
      bars: [{ of: TWO, atLeast: 1.7 }]
    },
    { name: 'busiest', title: 'CPU time of the busier worker', unit: '% of both', bars: [] }
  ],
  run: async bench => {
    const backend = await startChat(undefined)
    const start = async (count: string) => await startGatehouse(
      { backendPort: backend.port, core: undefined, directory: bench.directory() }, { WORKERS: count })
    const [one, two] = [await start('1'), await start('2')]
    const requests = bench.size(20_000, 200)
    await measure(one, requests) // what is compiled just in time
    await measure(two, requests * 2)
    return await compare(bench, { one, two, requests })
  }
}

async function compare (
  bench: Bench, { one, two, requests }: { one: Running, two: Running, requests: number }
): Promise<Measured> {
  const cpu = { [ONE]: [] as number[], [TWO]: [] as number[] }
  const rate = { [ONE]: [] as number[], [TWO]: [] as number[] }
  const scaling: number[] = []
  const busiest: number[] = []
  for (let round = 1; round <= bench.rounds; round++) {
    const single = await measure(one, requests)
    const pair = await measure(two, requests)
    for (const [name, sample] of [[ONE, single], [TWO, pair]] as const) {
      cpu[name]?.push(sum(sample.cpuUs))
      rate[name]?.push(sample.rate)
    }
    const [most = 0, next = 0] = pair.cpuUs.toSorted((a, b) => b - a)
    scaling.push(scalingOf(sum(single.cpuUs), pair.cpuUs))
    busiest.push(100 * most / (most + next))
    bench.say(`  round ${round} of ${bench.rounds}: ${sum(single.cpuUs).toFixed(1)} and ${sum(pair.cpuUs).toFixed(1)} µs`)
  }
  return { cpu, rate, scaling: { [TWO]: scaling }, busiest: { [TWO]: busiest } }
}

/** CPU µs per request of each process of the gateway, in the order of their starts, and requests a second. */
async function measure (gateway: Running, requests: number): Promise<{ cpuUs: number[], rate: number }> {
  const tree = processTree(gateway.pid)
  const before = tree.map(cpuUsOf)
  const { requests: { average } } = await loadInfo({
    port: gateway.port, requests, connections: CONNECTIONS, core: undefined
  })
  return { cpuUs: tree.map((pid, index) => (cpuUsOf(pid) - (before[index] ?? 0)) / requests), rate: average }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
