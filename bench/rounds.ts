import type { Peer } from './peers/peer.js'
import type { Running } from './process.js'
import type { Bench, Measured } from './scenario.js'

/** How peers are measured side by side. */
export interface RoundsOptions {
  /** all of the machine's when left out */
  readonly peers?: readonly Peer[]
  readonly backendPort: number
  /** what makes just-in-time compilers and connection pools ready; not counted */
  readonly warmUp: (proxy: Running) => Promise<unknown>
  /** one round of one peer: its figures by name */
  readonly measure: (proxy: Running) => Promise<Record<string, number>>
}

/**
 * Starts every peer, warms each up, then measures them in turn, round by round (A B C A B C …): what
 * changes on the machine over time falls on all of them. The peers run on between the rounds.
 */
export async function measureRounds (bench: Bench, options: RoundsOptions): Promise<Measured> {
  const { peers = bench.peers, backendPort, warmUp, measure } = options
  const proxies: Running[] = []
  for (const peer of peers) {
    proxies.push(await peer.start({ backendPort, core: bench.proxyCore, directory: bench.directory() }))
  }
  for (const proxy of proxies) await naming(proxy, warmUp)
  const measured: Record<string, Record<string, number[]>> = {}
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const proxy of proxies) {
      const figures = await naming(proxy, measure)
      for (const [figure, value] of Object.entries(figures)) {
        const series = measured[figure] ??= {}
        const samples = series[proxy.name] ??= []
        samples.push(value)
      }
      const told = Object.entries(figures).map(([figure, value]) => `${figure} ${value.toFixed(1)}`).join(', ')
      bench.say(`  round ${round} of ${bench.rounds}: ${proxy.name}: ${told}`)
    }
  }
  return measured
}

/** A failure says which peer it was, and what that printed at the end. */
async function naming<T> (proxy: Running, work: (proxy: Running) => Promise<T>): Promise<T> {
  try {
    return await work(proxy)
  } catch (error) {
    throw new Error(`${proxy.name}: ${(error as Error).message}\n${proxy.output()}`, { cause: error })
  }
}

/** CPU time of the proxy, in microseconds for each of `units`, while `work` is done. */
export async function cpuPerUnit (
  proxy: Running, units: number, work: () => Promise<unknown>
): Promise<number> {
  const before = proxy.cpuUs()
  await work()
  return (proxy.cpuUs() - before) / units
}
