import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { buildApp, type Gateway } from '../app.js'
import { loadConfig, type Config } from '../config/load.js'
import type { GatewayState } from '../gateway-state.js'
import { listen } from '../listen.js'
import { localState } from '../local-state.js'
import { CLOSE_MS } from '../running.js'
import { describeFailure } from '../start-text.js'
import { WITHOUT_SCHEMAS } from '../without-schemas.js'
import { boundConnections } from './bound-connections.js'
import type { AskOrder, Order, Report, StartOrder } from './messages.js'

/** A worker that listens. */
export interface RunningWorker {
  readonly log: Gateway['log']
  /** ms that `close` may take before the process is ended the hard way. */
  readonly closeWithinMs: number
  /** Drains, then closes the listener. */
  close (): Promise<void>
  /** `end` is called once: when the primary process says so, or is gone. */
  onEnd (end: () => void): void
}

/**
 * Serves the public listener with the settings that the primary process sends, and answers it about its
 * state. Rejects when it cannot; the primary process was told why.
 */
export async function startWorker (): Promise<RunningWorker> {
  const ordered = once(process, 'message') as Promise<[StartOrder]>
  await report({ type: 'ready' })
  const [{ settings, port }] = await ordered
  let config: Config | undefined
  try {
    config = withShare(loadConfig({ ...settings }, { dotenvPath: false }))
    const app = await buildApp(config, undefined, WITHOUT_SCHEMAS)
    boundConnections(app.server, config.MAX_CONNECTIONS)
    answerQuestions(localState(app))
    await report({ type: 'listening', urls: await listen(app, config.HOST, port) })
    const { SHUTDOWN_GRACE_MS: graceMs } = config
    return { log: app.log, closeWithinMs: graceMs + CLOSE_MS, close: async () => await app.drain(), onEnd }
  } catch (error) {
    await report({ type: 'failed', text: describeFailure(error, config) })
    throw error
  }
}

/** MAX_CONNECTIONS and MAX_TUNNELS bound all workers together. */
function withShare (config: Config): Config {
  const share = (most: number) => Math.ceil(most / config.workers)
  return Object.freeze({
    ...config, MAX_CONNECTIONS: share(config.MAX_CONNECTIONS), MAX_TUNNELS: share(config.MAX_TUNNELS)
  })
}

function answerQuestions (state: GatewayState): void {
  process.on('message', async (order: Order) => {
    if (order.type !== 'ask') return
    const { id } = order
    try {
      await report({ type: 'answer', id, value: await answer(state, order) })
    } catch (error) {
      await report({ type: 'answer', id, fault: String(error) })
    }
  })
}

async function answer (state: GatewayState, { question, argument }: AskOrder): Promise<unknown> {
  // Question and argument belong together: src/workers/fork.ts sends no others.
  return await (state[question] as (argument: unknown) => Promise<unknown>)(argument)
}

/** Resolves when it is sent, or cannot be: then the channel is closed, and nobody is there to be told. */
async function report (message: Report): Promise<void> {
  await new Promise<void>(resolve => { process.send?.(message, () => resolve()) })
}

function onEnd (end: () => void): void {
  let isEnding = false
  const endOnce = () => {
    if (!isEnding) end()
    isEnding = true
  }
  process.on('message', ({ type }: Order) => { if (type === 'end') endOnce() })
  const worker = cluster.worker as Worker
  worker.once('disconnect', () => {
    worker.disconnect() // or Node ends the process now, tunnels and all
    endOnce()
  })
}
