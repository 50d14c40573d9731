import type { FastifyInstance } from 'fastify'
import { lookup } from 'node:dns/promises'

/**
 * Listens on one address and returns the URLs that reach it. A name is looked up here: given `localhost`,
 * Fastify would open a second server beside `app.server`, for which none of the limits set on that one hold.
 */
export async function listen (app: FastifyInstance, host: string, port: number): Promise<string[]> {
  const { address } = await lookup(host)
  const urls: string[] = []
  const { level } = app.log
  app.log.level = 'silent' // Fastify would tell where it listens, and the next listener may still fail
  await app.listen({ host: address, port, listenTextResolver: url => `${urls.push(url)}` })
  app.log.level = level
  return urls
}
