import closeWithGrace from 'close-with-grace'
import { loadConfig, type Config } from './config/load.js'
import type { Running } from './running.js'
import { describeFailure } from './start-text.js'

/** What the primary process gives a worker to know itself by; see src/workers/fork.ts. */
const isWorker = process.argv[2] === 'worker' && process.connected

/** A terminal, or a service manager, may send these to every process of the group. */
const SIGNALS_OF_GROUP = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const

await (isWorker ? mainOfWorker() : main())

/** The process: settings, start, signals. The only file that may exit. */
async function main (): Promise<void> {
  let config: Config | undefined
  let running: Running | undefined
  // From the first moment on: without a listener the signal ends the process. The start reads all sources.
  process.on('SIGHUP', async () => { if (running !== undefined) await reload(running) })
  try {
    config = loadConfig(process.env)
    running = await start(config)
    endWell(running)
    await running.announce()
  } catch (error) {
    process.stderr.write(`${describeFailure(error, config)}\n`)
    process.exit(1)
  }
}

/** Loads what it takes and no more: one process has no use for the code of many. */
async function start (config: Config): Promise<Running> {
  if (config.workers > 1) return await (await import('./workers/primary.js')).startPrimary(config)
  return await (await import('./single.js')).startSingle(config)
}

/** SIGTERM or SIGINT: drain, then close all. A second signal, or a crash, ends at once with exit code 1. */
function endWell ({ log, closeWithinMs, close, abandon }: Running): void {
  const endNow = (why: string) => {
    log.error(why)
    abandon?.()
  }
  closeWithGrace({
    delay: closeWithinMs,
    logger: log,
    skip: ['SIGHUP'],
    onSecondSignal: signal => endNow(`second ${signal}, exiting`),
    onTimeout: delay => endNow(`killed by timeout (${delay}ms)`)
  }, async ({ signal, err }) => {
    if (err) {
      log.fatal({ err }, 'unexpected failure')
      return // what state it is in, nobody knows: no time to drain
    }
    log.info({ signal }, 'shutting down')
    await close()
  })
}

/** Reads the sources of the allow-list again, and tells of each that failed, also when it did so before. */
async function reload ({ log, reload }: Running): Promise<void> {
  const failed = await reload()
  log[failed.length === 0 ? 'info' : 'warn']({ signal: 'SIGHUP', failed }, 'origin sources were read again')
}

/** A process that serves, started by another one, which tells it when to end, and tells of its failure. */
async function mainOfWorker (): Promise<void> {
  // The primary process gets them, too, and ends its workers. Where it is gone there is nobody to wait for.
  for (const signal of SIGNALS_OF_GROUP) {
    process.on(signal, () => { if (!process.connected) process.exit(1) })
  }
  const { startWorker } = await import('./workers/worker.js')
  try {
    const { log, closeWithinMs, close, onEnd } = await startWorker()
    const options = { delay: closeWithinMs, logger: log, skip: [...SIGNALS_OF_GROUP] }
    const ending = closeWithGrace(options, async ({ err }) => {
      if (err) log.fatal({ err }, 'unexpected failure')
      else await close()
    })
    onEnd(ending.close)
  } catch {
    process.exit(1)
  }
}
