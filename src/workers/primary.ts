import { buildAdminListener } from '../admin.js'
import { announce } from '../announce.js'
import type { Config } from '../config/load.js'
import { SETTING_NAMES } from '../config/validate.js'
import { listen } from '../listen.js'
import { createLogger } from '../logging.js'
import { CLOSE_MS, type Running } from '../running.js'
import { withDemo } from '../with-demo.js'
import { fleetState, reloadAll } from './fleet-state.js'
import { Fleet } from './fleet.js'
import { forkWorker } from './fork.js'

/** Beyond its own limits: a worker that can still end itself, and tell why, is left to do so. */
const LEEWAY_MS = 1_000

/** Beyond the readings of its sources: for a worker to load and judge a long list, on a busy machine. */
const START_MS = 60_000

/**
 * WORKERS above 1: this process owns the admin listener, the demo and the workers; they own the public
 * listener, and serve it alike.
 * @throws WorkerStartError when a worker cannot start
 */
export async function startPrimary (given: Config): Promise<Running> {
  const { config, demo } = await withDemo(given)
  const log = createLogger(config)
  const settings = settingsAsText(config)
  const readWithinMs = config.ORIGIN_FETCH_TIMEOUT_MS + START_MS
  const fleet = new Fleet({
    size: config.workers,
    fork: (port = config.PORT) => forkWorker({ settings, port }, readWithinMs, log),
    log,
    now: () => performance.now()
  })
  const state = fleetState(() => fleet.up(), readWithinMs)
  const [urls, { admin, adminUrls }] = await Promise.all([fleet.start(), openAdmin({ config, log, state })])
    .catch(error => {
      fleet.kill()
      throw error
    })
  return {
    log,
    closeWithinMs: config.SHUTDOWN_GRACE_MS + CLOSE_MS + LEEWAY_MS,
    announce: async () => await announce({ config, log, urls, admin, adminUrls, demo }),
    async close () {
      await fleet.drain()
      await admin.close()
      await demo?.close()
    },
    reload: async () => await reloadAll(state),
    abandon: () => fleet.kill()
  }
}

/** Built while the workers start. */
async function openAdmin (told: Parameters<typeof buildAdminListener>[0]) {
  const admin = await buildAdminListener(told)
  const { ADMIN_HOST, ADMIN_PORT } = told.config
  return { admin, adminUrls: await listen(admin, ADMIN_HOST, ADMIN_PORT) }
}

/** Every row: the environment or `.env` may be another when a worker is replaced. */
function settingsAsText (config: Config): Record<string, string> {
  const rows = SETTING_NAMES.map(name => [name, String(config[name])])
  return { ...Object.fromEntries(rows), WORKERS: String(config.workers) }
}
