import type { FastifyInstance } from 'fastify'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { buildApp } from '../../src/app.js'
import { loadConfig } from '../../src/config/load.js'

/** A gateway under test, and what it logged: one parsed object a line. */
export interface BuiltApp { app: FastifyInstance, logs: Array<Record<string, unknown>> }

/** A listening gateway with its port. */
export interface ListeningApp extends BuiltApp { port: number, url: string }

/** Settings are given as the environment would give them; nothing is read from the real one or `.env`. */
export async function build (t: Test, settings: Record<string, string> = {}): Promise<BuiltApp> {
  const logs: Array<Record<string, unknown>> = []
  const env = { STOMP_UPSTREAMS: 'http://127.0.0.1:9', HEALTH_CHECK: 'off', ...settings }
  const config = loadConfig(env, { dotenvPath: false })
  const app = await buildApp(config, { write: line => { logs.push(JSON.parse(line)) } })
  t.teardown(async () => {
    app.endTunnels()
    app.server.closeAllConnections()
    await app.close()
  })
  return { app, logs }
}

/** The same, listening on a free port of 127.0.0.1. */
export async function listen (t: Test, settings: Record<string, string> = {}): Promise<ListeningApp> {
  const built = await build(t, settings)
  await built.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = built.app.server.address() as AddressInfo
  return { ...built, port, url: `http://127.0.0.1:${port}` }
}
