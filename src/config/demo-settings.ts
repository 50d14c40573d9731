import type { Config } from './load.js'

/** What the started demo brings: where its instances are, and which page is on the list. */
interface DemoParts {
  readonly upstreams: readonly string[]
  readonly allowedOrigins: readonly string[]
}

/**
 * The settings that put the gateway before the demo, to be laid over the environment. The demo's page joins
 * what ALLOWED_ORIGINS allows already; where ORIGIN_POLICY leaves that list out, the page alone is on it.
 */
export function demoSettings (config: Config, demo: DemoParts): Record<string, string> {
  const usesEnv = config.originSources.some(({ name }) => name === 'env')
  const given = usesEnv ? config.allowedOrigins : []
  return {
    STOMP_UPSTREAMS: demo.upstreams.join(),
    ALLOWED_ORIGINS: [...given, ...demo.allowedOrigins].join(),
    ...(!usesEnv && { ORIGIN_POLICY: `env,${config.ORIGIN_POLICY}` })
  }
}
