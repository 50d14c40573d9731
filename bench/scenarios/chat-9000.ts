import { startTimedChat, TUNNEL_PATH } from '../backends/start-timed-chat.js'
import type { ChatPlan, TimedChat } from '../backends/timed-chat.js'
import type { Child } from '../child.js'
import { addedLatency } from '../added-latency.js'
import type { Deliveries } from '../load/delivery-count.js'
import type { TunnelClient } from '../load/tunnel-client.js'
import { sampleMemory } from '../memory-sampler.js'
import { openFileLimit } from '../open-file-limit.js'
import { direct } from '../peers/direct.js'
import type { Peer } from '../peers/peer.js'
import type { Bench, Figure, Measured, Scenario } from '../scenario.js'

const TUNNELS = 9_000
const FEW_TUNNELS = 200
const LANES = 64
/** What a process has open beside two sockets for each tunnel. */
const SPARE_FILES = 200
const INTERVAL_MS = 1_000
const COLLECT_MS = 20_000

/** How the same number of messages a second is spread over it. */
const FORMS = { burst: 'to all 9,000 at once', rooms: 'to 90 rooms of 100 in turn' } as const
type Form = keyof typeof FORMS
const ROOMS: Readonly<Record<Form, number>> = { burst: 1, rooms: 90 }

/** Since when a latency counts. */
const SINCE = { broadcast: 'the broadcast', write: "the server's write to this client" } as const

const latencyFigures: readonly Figure[] = (Object.keys(FORMS) as Form[]).flatMap(form =>
  (Object.keys(SINCE) as Array<keyof typeof SINCE>).flatMap(since => [
    ...(['p50', 'p99', 'max'] as const).map(share => ({
      name: `${form}-${since}-${share}`, title: `${FORMS[form]}: ${share} since ${SINCE[since]}`, unit: 'ms', bars: []
    })),
    {
      name: `${form}-${since}-added`,
      title: `${FORMS[form]}: p99 since ${SINCE[since]}, less that of direct in the same round`,
      unit: 'ms',
      bars: since === 'broadcast' ? [{ atMost: 20 }] : []
    }
  ]))

/** A busy chat in one process of the gateway: every client gets one message a second. */
export const chat9000: Scenario = {
  name: 'chat-9000',
  group: 'memory',
  title: 'chat on 9,000 tunnels, a message a second to each',
  figures: [{ name: 'memory', title: 'highest RSS', unit: 'MiB', bars: [{ atMost: 250 }] }, ...latencyFigures],
  run: async bench => {
    const needed = 2 * bench.size(TUNNELS, FEW_TUNNELS) + SPARE_FILES
    if (openFileLimit() < needed) throw new Error(`a proxy needs ${needed} open files: see ulimit -Hn`)
    const chat = await startTimedChat(bench.loadCore)
    const peers = [direct, ...bench.peers.filter(({ name }) => ['gatehouse', 'nginx', 'haproxy'].includes(name))]
    const measured: Record<string, Record<string, number[]>> = {}
    for (let round = 1; round <= bench.rounds; round++) {
      for (const peer of peers) {
        for (const [figure, value] of Object.entries(await measure(bench, { ...chat, peer }))) {
          ((measured[figure] ??= {})[peer.name] ??= []).push(value)
        }
        bench.say(`  round ${round} of ${bench.rounds}: ${peer.name}`)
      }
    }
    return withAdded(measured)
  }
}

interface Setup {
  readonly peer: Peer
  readonly backend: Child<TimedChat>
  readonly client: Child<TunnelClient>
  readonly backendPort: number
}

/** One peer in a process of its own: its tunnels, both forms of chat, its highest memory meanwhile. */
async function measure (
  bench: Bench, { peer, backend, client, backendPort }: Setup
): Promise<Record<string, number>> {
  const proxy = await peer.start({ backendPort, core: bench.proxyCore, directory: bench.directory() })
  const sampler = peer.name === 'direct' ? undefined : sampleMemory(proxy.pid, INTERVAL_MS / 2)
  const tunnels = bench.size(TUNNELS, FEW_TUNNELS)
  const figures: Record<string, number> = {}
  await client.ask('open', { port: proxy.port, path: TUNNEL_PATH, count: tunnels, lanes: LANES })
  for (const form of Object.keys(FORMS) as Form[]) {
    const plan = { messages: bench.size(8, 2), intervalMs: bench.size(INTERVAL_MS, 100), rooms: ROOMS[form] }
    const chat = async (messages: number) =>
      await send({ backend, client, tunnels, plan: { ...plan, messages } })
    await chat(bench.size(2, 1)) // what is compiled just in time, and buffers that grow
    Object.assign(figures, inMilliseconds(form, await chat(plan.messages)))
  }
  const samples = sampler?.stop() ?? []
  if (samples.length > 0) figures.memory = Math.max(...samples.map(({ rss }) => rss))
  await client.ask('cut', undefined)
  await proxy.stop()
  await backend.ask('untilNoTunnels', undefined)
  return figures
}

interface Chat extends Pick<Setup, 'backend' | 'client'> { readonly tunnels: number, readonly plan: ChatPlan }

/** @throws Error when a message was lost, doubled or altered: the latency of such a chat says nothing */
async function send ({ backend, client, tunnels, plan }: Chat): Promise<Deliveries> {
  const { messages } = plan
  await client.ask('expect', { messages })
  await backend.ask('chat', plan)
  const deliveries = await client.ask('collect', { timeoutMs: COLLECT_MS })
  const { received, wrong } = deliveries
  if (received !== tunnels * messages || wrong > 0) {
    throw new Error(`${received} messages of ${tunnels * messages} arrived, ${wrong} of them wrong`)
  }
  return deliveries
}

function inMilliseconds (form: Form, { sinceBroadcastUs, sinceWriteUs }: Deliveries): Record<string, number> {
  const spread = Object.entries({ broadcast: sinceBroadcastUs, write: sinceWriteUs })
  return Object.fromEntries(spread.flatMap(([since, percentiles]) =>
    Object.entries(percentiles).map(([share, us]) => [`${form}-${since}-${share}`, us / 1_000])))
}

function withAdded (measured: Record<string, Record<string, number[]>>): Measured {
  const added = Object.entries(measured).filter(([name]) => name.endsWith('-p99'))
    .map(([name, series]) => [name.replace(/p99$/, 'added'), addedLatency(series)])
  return { ...measured, ...Object.fromEntries(added) }
}
