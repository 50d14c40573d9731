import { readDotenv } from './dotenv.js'
import { parseExposedHeaders } from './exposed-headers.js'
import { ConfigError, quote, type Fault } from './faults.js'
import { nearest } from './nearest.js'
import { parseRevokeGrace } from './origin-grace.js'
import { parseAllowedOrigins, parsePublicOrigins } from './origin-lists.js'
import { parseOriginCandidate, parseOriginPolicy, type SourceSpec } from './origin-sources.js'
import { checkRules, findWarnings } from './rules.js'
import type { SettingName, Settings } from './schema.js'
import { parseTransports } from './enabled-transports.js'
import { parseTrustProxy } from './trust-proxy.js'
import { parseUpstreams, type Upstream } from './upstreams.js'
import { SETTING_NAMES, validateSettings, type GivenSettings } from './validate.js'
import { parseWorkers } from './worker-count.js'

/** The settings of one run: every raw row, and the parts parsed here, once for all. */
export interface Config extends Readonly<Settings> {
  readonly allowedOrigins: readonly string[]
  readonly publicOrigins: readonly string[]
  /** ORIGIN_POLICY: where the allow-list comes from; at least one. */
  readonly originSources: readonly SourceSpec[]
  /** ORIGIN_POLICY_CANDIDATE: the list that is only tried; none when unset. */
  readonly originCandidate: readonly SourceSpec[]
  /** ms that tunnels and streams of a revoked origin get; undefined leaves them alone. */
  readonly revokeGraceMs: number | undefined
  readonly upstreams: readonly Upstream[]
  readonly transports: ReadonlySet<string>
  readonly trustProxy: readonly string[]
  readonly exposedHeaders: readonly string[]
  /** Processes that share the public listener; 1: the gateway is one process. */
  readonly workers: number
  readonly isProduction: boolean
  /** No STOMP_UPSTREAMS, and not production: the embedded demo is to be started. */
  readonly demo: boolean
  /** Nothing that stops the start, but worth a log line each. */
  readonly warnings: readonly string[]
}

/**
 * The frozen settings from `env` and the `.env` file (`dotenvPath`; by default `.env` in the working
 * directory, false for none); `env` wins. A blank value counts as not set.
 * @throws ConfigError with all faults at once
 */
export function loadConfig (
  env: NodeJS.ProcessEnv, { dotenvPath = '.env' }: { dotenvPath?: string | false } = {}
): Config {
  const dotenv = readDotenv(dotenvPath, SETTING_NAMES)
  const { settings, faults: refused } = validateSettings({ ...pickGiven(dotenv.values), ...pickGiven(env) })
  const { parsed, ...parts } = parseParts(settings)
  const isProduction = settings.NODE_ENV === 'production'
  const demo = settings.STOMP_UPSTREAMS === '' && !isProduction
  const { upstreams, originSources } = parsed
  const facts = { settings, upstreams, originSources, isProduction, demo }
  const broken = checkRules(facts, new Set(refused.map(({ setting }) => setting)))
  const faults = [...dotenv.faults, ...refused, ...parts.faults, ...broken]
  if (faults.length > 0) throw new ConfigError(faults)
  const slips = [...dotenv.warnings, ...findSlips(env)]
  const warnings = Object.freeze([...slips, ...parts.warnings, ...findWarnings(facts)])
  return Object.freeze({ ...settings, ...parsed, isProduction, demo, warnings })
}

/** Shorter names of other programs are one edit away from ours by accident. */
const TELLING_LENGTH = 9

/** The environment is full of other programs' names: only those one edit away from a setting are told. */
function findSlips (env: NodeJS.ProcessEnv): string[] {
  const others = Object.keys(env)
    .filter(name => name.length >= TELLING_LENGTH && !SETTING_NAMES.some(known => known === name))
  return others.flatMap(name => {
    const meant = nearest(name, SETTING_NAMES, 1)
    return meant === undefined ? [] : [`${quote(name)} in the environment is no setting. Did you mean ${meant}?`]
  })
}

/** Our names only: the rest of the environment may hold other programs' secrets. */
function pickGiven (values: NodeJS.Dict<string>): GivenSettings {
  return Object.fromEntries(SETTING_NAMES.flatMap(name => {
    const text = values[name]?.trim()
    return text ? [[name, text]] : []
  }))
}

/** Every list is parsed whatever the others hold, so that all faults are told at once. */
function parseParts (settings: Settings) {
  const allowed = parseAllowedOrigins(settings.ALLOWED_ORIGINS)
  const own = parsePublicOrigins(settings.PUBLIC_ORIGINS)
  const policy = parseOriginPolicy(settings.ORIGIN_POLICY, allowed.entries)
  const candidate = parseOriginCandidate(settings.ORIGIN_POLICY_CANDIDATE)
  const { revokeGraceMs, faults: graceFaults } = parseRevokeGrace(settings.ORIGIN_REVOKE_GRACE_MS)
  const { upstreams, faults: upstreamFaults } = parseUpstreams(settings.STOMP_UPSTREAMS)
  const { trustProxy, faults: trustFaults } = parseTrustProxy(settings.TRUST_PROXY)
  const { exposedHeaders, faults: headerFaults } = parseExposedHeaders(settings.CORS_EXPOSED_HEADERS)
  const { workers, faults: workerFaults } = parseWorkers(settings.WORKERS)
  const { transports, faults: transportFaults, warnings } = parseTransports(settings.SOCKJS_TRANSPORTS)
  return {
    parsed: {
      allowedOrigins: allowed.entries,
      publicOrigins: own.entries,
      originSources: policy.sources,
      originCandidate: candidate.sources,
      revokeGraceMs,
      upstreams,
      trustProxy,
      exposedHeaders,
      transports,
      workers
    },
    faults: [
      ...under('ALLOWED_ORIGINS', allowed.faults),
      ...under('ORIGIN_POLICY', policy.faults),
      ...under('ORIGIN_POLICY_CANDIDATE', candidate.faults),
      ...under('ORIGIN_REVOKE_GRACE_MS', graceFaults),
      ...under('PUBLIC_ORIGINS', own.faults),
      ...under('CORS_EXPOSED_HEADERS', headerFaults),
      ...under('TRUST_PROXY', trustFaults),
      ...under('STOMP_UPSTREAMS', upstreamFaults),
      ...under('SOCKJS_TRANSPORTS', transportFaults),
      ...under('WORKERS', workerFaults)
    ],
    warnings: [
      ...under('ALLOWED_ORIGINS', allowed.warnings),
      ...under('ORIGIN_POLICY', policy.warnings),
      ...under('ORIGIN_POLICY_CANDIDATE', candidate.warnings),
      ...under('PUBLIC_ORIGINS', own.warnings),
      ...under('SOCKJS_TRANSPORTS', warnings)
    ].map(({ setting, message }) => `${setting}: ${message}`)
  }
}

const under = (setting: SettingName, messages: readonly string[]): readonly Fault[] =>
  messages.map(message => ({ setting, message }))
