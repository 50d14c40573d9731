import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Config } from './config/load.js'
import type { Demo } from './demo/demo.js'
import { describeStart } from './start-text.js'

/** What listens now. */
interface Started {
  readonly config: Config
  readonly log: FastifyBaseLogger
  readonly urls: readonly string[]
  readonly admin: FastifyInstance
  readonly adminUrls: readonly string[]
  readonly demo: Demo | undefined
}

/** Tells what of the settings is doubtful and where it listens; then the demo's pages may be shown. */
export async function announce ({ config, log, urls, admin, adminUrls, demo }: Started): Promise<void> {
  for (const warning of config.warnings) log.warn({ warning }, 'setting is doubtful')
  for (const url of adminUrls) admin.log.info(`listening at ${url}`)
  for (const url of urls) log.info(`listening at ${url}`)
  const pages = await demo?.servePages(urls[0] as string)
  if (pages !== undefined) process.stdout.write(describeStart(urls[0] as string, pages))
}
