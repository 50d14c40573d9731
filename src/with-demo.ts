import { demoSettings } from './config/demo-settings.js'
import { loadConfig, type Config } from './config/load.js'
import type { Demo } from './demo/demo.js'

/** The settings to run with, and the started demo where they ask for it. */
export async function withDemo (given: Config): Promise<{ config: Config, demo: Demo | undefined }> {
  if (!given.demo) return { config: given, demo: undefined }
  const { startDemo } = await import('./demo/demo.js') // never loaded in production
  const demo = await startDemo({ pagePorts: [given.DEMO_ALLOWED_PAGE_PORT, given.DEMO_BLOCKED_PAGE_PORT] })
  // The demo's settings are settings like any other: checked by the same code.
  return { config: loadConfig({ ...process.env, ...demoSettings(given, demo) }), demo }
}
