import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { startTimedChat } from '../backends/start-timed-chat.js'
import { browserHead } from '../load/browser-head.js'
import { startGatehouse } from '../peers/gatehouse.js'
import { freePort } from '../../test/helper/free-port.js'
import type { Scenario } from '../scenario.js'

const LOOK_EVERY_MS = 1
const LONGEST_MS = 10_000

/** A replica that is wanted now: from the start of its process to the first answer. */
export const start: Scenario = {
  name: 'start',
  group: 'http',
  title: 'start of the process',
  figures: [
    { name: 'listening', title: 'to the first connection that is taken', unit: 'ms', bars: [{ atMost: 500 }] },
    { name: 'ready', title: 'to the first 200 of /healthz', unit: 'ms', bars: [] }
  ],
  run: async bench => {
    const { backendPort } = await startTimedChat(bench.loadCore)
    const listening: number[] = []
    const ready: number[] = []
    // The first one reads the program from the disk, and is not counted.
    for (let round = 0; round <= bench.rounds; round++) {
      const port = await freePort()
      const options = { backendPort, core: bench.proxyCore, directory: bench.directory() }
      const startedMs = performance.now()
      const starting = startGatehouse(options, { PORT: String(port) })
      const [seen, gateway] = await Promise.all([lookFor(port), starting])
      await gateway.stop()
      if (round === 0) continue
      listening.push(seen.listeningMs - startedMs)
      ready.push(seen.readyMs - startedMs)
    }
    return { listening: { gatehouse: listening }, ready: { gatehouse: ready } }
  }
}

/** When the port took its first connection, and when /healthz said 200 on it; on performance's clock. */
async function lookFor (port: number): Promise<{ listeningMs: number, readyMs: number }> {
  const socket = await firstConnection(port)
  const listeningMs = performance.now()
  socket.write(browserHead({ path: '/healthz', port }))
  const [answer] = await once(socket, 'data') as [Buffer]
  socket.destroy()
  const head = answer.toString('latin1')
  if (!head.startsWith('HTTP/1.1 200 ')) throw new Error(`/healthz says: ${head}`)
  return { listeningMs, readyMs: performance.now() }
}

async function firstConnection (port: number): Promise<Socket> {
  const deadline = performance.now() + LONGEST_MS
  while (performance.now() < deadline) {
    const socket = connect({ host: '127.0.0.1', port })
    try {
      await once(socket, 'connect')
      return socket
    } catch {
      await setTimeout(LOOK_EVERY_MS) // refused: it does not listen yet
    }
  }
  throw new Error(`nobody listened on port ${port} within ${LONGEST_MS} ms`)
}
