import { lookup } from 'node:dns/promises'
import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { buildAdmin } from './admin.js'
import { buildApp } from './app.js'
import { demoSettings } from './config/demo-settings.js'
import { loadConfig, type Config } from './config/load.js'
import type { Demo } from './demo/demo.js'
import { describeFailure, describeStart } from './start-text.js'

/** After the grace: time to close sockets before the process is ended the hard way. */
const CLOSE_MS = 5_000

await main()

/** The process: settings, demo, both listeners, endings. The only file that may exit. */
async function main (): Promise<void> {
  let config: Config | undefined
  let app: FastifyInstance | undefined
  // From the first moment on: without a listener the signal ends the process. The start reads all sources.
  process.on('SIGHUP', async () => { if (app !== undefined) await reload(app) })
  try {
    config = loadConfig(process.env)
    app = await start(config)
  } catch (error) {
    process.stderr.write(`${describeFailure(error, config)}\n`)
    process.exit(1)
  }
}

async function start (given: Config): Promise<FastifyInstance> {
  const demo = given.demo ? await startDemo(given) : undefined
  const config = demo === undefined ? given : withDemo(given, demo)
  const app = await buildApp(config)
  const admin = await buildAdmin(app)
  const adminUrls = await listen(admin, config.ADMIN_HOST, config.ADMIN_PORT)
  const urls = await listen(app, config.HOST, config.PORT)
  endWell(app, admin, demo)
  for (const warning of config.warnings) app.log.warn({ warning }, 'setting is doubtful')
  for (const url of adminUrls) admin.log.info(`listening at ${url}`)
  for (const url of urls) app.log.info(`listening at ${url}`)
  const pages = await demo?.servePages(urls[0] as string)
  if (pages !== undefined) process.stdout.write(describeStart(urls[0] as string, pages))
  return app
}

/** SIGTERM or SIGINT: drain, then close all. A second signal, or a crash, ends at once with exit code 1. */
function endWell (app: FastifyInstance, admin: FastifyInstance, demo: Demo | undefined): void {
  const delay = app.config.SHUTDOWN_GRACE_MS + CLOSE_MS
  closeWithGrace({ delay, logger: app.log, skip: ['SIGHUP'] }, async ({ signal, err }) => {
    if (err) {
      app.log.fatal({ err }, 'unexpected failure')
      return // what state it is in, nobody knows: no time to drain
    }
    app.log.info({ signal }, 'shutting down')
    await app.drain()
    await admin.close()
    await demo?.close()
  })
}

async function startDemo ({ DEMO_ALLOWED_PAGE_PORT, DEMO_BLOCKED_PAGE_PORT }: Config): Promise<Demo> {
  const { startDemo } = await import('./demo/demo.js') // never loaded in production
  return await startDemo({ pagePorts: [DEMO_ALLOWED_PAGE_PORT, DEMO_BLOCKED_PAGE_PORT] })
}

/** The demo's settings are settings like any other: checked by the same code. */
function withDemo (config: Config, demo: Demo): Config {
  return loadConfig({ ...process.env, ...demoSettings(config, demo) })
}

/** Reads the sources of the allow-list again, and tells of each that failed, also when it did so before. */
async function reload (app: FastifyInstance): Promise<void> {
  const failed = await app.reloadOrigins()
  app.log[failed.length === 0 ? 'info' : 'warn']({ signal: 'SIGHUP', failed }, 'origin sources were read again')
}

/**
 * Listens on one address and returns the URLs that reach it. A name is looked up here: given `localhost`,
 * Fastify would open a second server beside `app.server`, for which none of the limits set on that one hold.
 */
async function listen (app: FastifyInstance, host: string, port: number): Promise<string[]> {
  const { address } = await lookup(host)
  const urls: string[] = []
  const { level } = app.log
  app.log.level = 'silent' // Fastify would tell where it listens, and the next listener may still fail
  await app.listen({ host: address, port, listenTextResolver: url => `${urls.push(url)}` })
  app.log.level = level
  return urls
}
