import { join } from 'node:path'
import { readDotenv } from '../config/dotenv.js'
import { loadConfig, type Config } from '../config/load.js'
import { settingsSchema, type SettingName } from '../config/schema.js'
import { SETTING_NAMES } from '../config/validate.js'
import { AllowListError, compileAllowList, createAllowListBuilder } from '../origin/allow-list.js'
import { createGate, type DecideOrigin } from '../origin/decide.js'
import { lintEntry, type EntryVerdict } from '../origin/entry.js'
import { isPolicy, matchFirst, type OriginPolicy, type SourceContent } from '../origin/policy.js'
import type { SourceSpec } from '../config/origin-sources.js'
import { readSourcesOnce } from '../sources/read-once.js'
import type { CliIo } from './io.js'

/** One source after it was read once. A list with refused entries is an error, as it is in a gateway. */
export interface ReadSource {
  readonly name: string
  /** Of each entry, in order; empty for a policy and for what cannot be read. */
  readonly verdicts: readonly EntryVerdict[]
  readonly policy?: OriginPolicy
  readonly error?: string
}

/**
 * The settings that decide about origins, from `.env` and the environment; faults of all others are in
 * nobody's way.
 * @throws ConfigError
 */
export function loadOriginSettings ({ env, cwd }: Pick<CliIo, 'env' | 'cwd'>): Config {
  const { values } = readDotenv(join(cwd, '.env'), SETTING_NAMES)
  const names = SETTING_NAMES.filter(name => /^ORIGIN_|^(?:ALLOWED|PUBLIC)_ORIGINS$/.test(name))
  const given = names.map(name => [name, env[name]?.trim() || values[name]] as const)
  return loadConfig(Object.fromEntries(given), { dotenvPath: false })
}

/** ADMIN_TOKEN of the environment or of `.env`; undefined when it is not set. Never to be shown. */
export function findAdminToken ({ env, cwd }: Pick<CliIo, 'env' | 'cwd'>): string | undefined {
  return env.ADMIN_TOKEN?.trim() || readDotenv(join(cwd, '.env'), SETTING_NAMES).values.ADMIN_TOKEN?.trim() || undefined
}

/** The origin that joins the list when `start` runs the demo; undefined when it would not. */
export function demoPageOrigin ({ env, cwd }: Pick<CliIo, 'env' | 'cwd'>): string | undefined {
  const { values } = readDotenv(join(cwd, '.env'), SETTING_NAMES)
  const read = (name: SettingName) => env[name]?.trim() || values[name]?.trim()
  if (read('STOMP_UPSTREAMS') !== undefined || read('NODE_ENV') === 'production') return undefined
  return `http://localhost:${read('DEMO_ALLOWED_PAGE_PORT') ?? settingsSchema.properties.DEMO_ALLOWED_PAGE_PORT.default}`
}

/** Reads sources once. What they log is left out: each error is in the result. */
export async function readSources (specs: readonly SourceSpec[], config: Config): Promise<ReadSource[]> {
  const readings = await readSourcesOnce(specs, {
    pollMs: config.ORIGIN_POLL_MS,
    fetchTimeoutMs: config.ORIGIN_FETCH_TIMEOUT_MS,
    redisKey: config.ORIGIN_REDIS_KEY,
    log: SILENT
  })
  return readings.map(({ name, content, error }) => content === undefined
    ? { name, verdicts: [], error: (error as Error).message } // a reading holds one of both
    : judge(name, content))
}

const ignore = () => {}
const SILENT = { info: ignore, warn: ignore, error: ignore }

function judge (name: string, content: SourceContent): ReadSource {
  if (isPolicy(content)) return { name, verdicts: [], policy: content }
  const verdicts = content.map(lintEntry)
  const faults = verdicts.filter(({ verdict }) => verdict === 'reject')
  return faults.length === 0
    ? { name, verdicts }
    : { name, verdicts: [], error: new AllowListError(faults).message }
}

/** The gate that sources make together, as they would in a gateway. */
export function createGateOf (sources: readonly ReadSource[], own: readonly string[]): DecideOrigin {
  const builder = createAllowListBuilder()
  for (const verdict of sources.flatMap(({ verdicts }) => verdicts)) builder.add(verdict)
  const { allowList } = builder.build()
  const policies = [allowList, ...sources.flatMap(({ policy }) => policy ?? [])]
  const policy: OriginPolicy = { match: (origin, context) => matchFirst(policies, origin, context) }
  return createGate({ policy, own: compileAllowList(own).allowList, missingOnUpgrade: 'deny' })
}
