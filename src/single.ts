import { announce } from './announce.js'
import { buildApp } from './app.js'
import type { Config } from './config/load.js'
import { listen } from './listen.js'
import { CLOSE_MS, type Running } from './running.js'
import { withDemo } from './with-demo.js'
import { WITHOUT_SCHEMAS } from './without-schemas.js'

/** WORKERS=1: the whole gateway in this process, with both listeners and the demo. */
export async function startSingle (given: Config): Promise<Running> {
  const { config, demo } = await withDemo(given)
  const app = await buildApp(config, undefined, WITHOUT_SCHEMAS)
  const urls = await listen(app, config.HOST, config.PORT)
  // Clients need not wait for it; a start that fails here ends the process, and what they asked with it.
  const { buildAdmin } = await import('./admin.js')
  const admin = await buildAdmin(app)
  const adminUrls = await listen(admin, config.ADMIN_HOST, config.ADMIN_PORT)
  return {
    log: app.log,
    closeWithinMs: config.SHUTDOWN_GRACE_MS + CLOSE_MS,
    announce: async () => await announce({ config, log: app.log, urls, admin, adminUrls, demo }),
    async close () {
      await app.drain()
      await admin.close()
      await demo?.close()
    },
    reload: async () => await app.reloadOrigins()
  }
}
