import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { buildAdmin } from './admin.js'
import { buildApp } from './app.js'
import { ConfigError, formatFaults } from './config/faults.js'
import { loadConfig, type Config } from './config/load.js'
import type { Demo } from './demo/demo.js'
import { describeStart } from './start-text.js'

/** After the grace: time to close sockets before the process is ended the hard way. */
const CLOSE_MS = 5_000

await main()

/** The process: settings, demo, both listeners, endings. The only file that may exit. */
async function main (): Promise<void> {
  try {
    await start(loadConfig(process.env))
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`)
    process.exit(1)
  }
}

async function start (given: Config): Promise<void> {
  const demo = given.demo ? await startDemo(given) : undefined
  const config = demo === undefined ? given : await withDemo(given, demo)
  const app = await buildApp(config)
  const admin = await buildAdmin(app)
  for (const warning of config.warnings) app.log.warn({ warning }, 'setting is doubtful')
  await listen(admin, config.ADMIN_HOST, config.ADMIN_PORT)
  const url = await listen(app, config.HOST, config.PORT)
  endWell(app, admin, demo)
  const pages = await demo?.servePages(url)
  if (pages !== undefined) process.stdout.write(describeStart(url, pages))
}

/** SIGTERM or SIGINT: drain, then close all. A second signal, or a crash, ends at once with exit code 1. */
function endWell (app: FastifyInstance, admin: FastifyInstance, demo: Demo | undefined): void {
  const delay = app.config.SHUTDOWN_GRACE_MS + CLOSE_MS
  closeWithGrace({ delay, logger: app.log }, async ({ signal, err }) => {
    if (err) app.log.fatal({ err }, 'unexpected failure')
    else app.log.info({ signal }, 'shutting down')
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
async function withDemo (config: Config, demo: Demo): Promise<Config> {
  return loadConfig({
    ...process.env,
    STOMP_UPSTREAMS: demo.upstreams.join(),
    ALLOWED_ORIGINS: [...config.allowedOrigins, ...demo.allowedOrigins].join()
  })
}

async function listen (app: FastifyInstance, host: string, port: number): Promise<string> {
  return await app.listen({ host, port, listenTextResolver: address => `listening at ${address}` })
}

function describeFailure (error: unknown): string {
  if (error instanceof ConfigError) return formatFaults(error)
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number, address?: string }
  if (code === 'EADDRINUSE') {
    return `Gatehouse cannot start: port ${port} is taken. Stop what listens there, or set another port.`
  }
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES' || code === 'ENOTFOUND') {
    const where = `${address ?? 'this host'}:${port}`
    return `Gatehouse cannot start: it may not listen on ${where} (${code}). Check HOST and PORT.`
  }
  return `Gatehouse cannot start: ${error instanceof Error ? error.stack : String(error)}`
}
