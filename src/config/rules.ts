import { quote, type Fault } from './faults.js'
import { findHostFault, findTokenFault, reaches } from './listeners.js'
import type { SourceSpec } from './origin-sources.js'
import { findPrefixFault } from './path-segments.js'
import { settingsSchema, type SettingName, type Settings } from './schema.js'
import type { Upstream } from './upstreams.js'

/** What a rule may look at. */
export interface Facts {
  readonly settings: Settings
  readonly upstreams: readonly Upstream[]
  readonly originSources: readonly SourceSpec[]
  readonly isProduction: boolean
  readonly demo: boolean
}

/** A check the schema cannot express. A fault is reported under the first name of `reads`. */
interface Rule {
  readonly reads: readonly [SettingName, ...SettingName[]]
  find (facts: Facts): string | undefined
}

const rule = (reads: Rule['reads'], find: Rule['find']): Rule => ({ reads, find })

const RULES: readonly Rule[] = [
  rule(['HOST'], ({ settings }) => findHostFault(settings.HOST)),
  rule(['ADMIN_HOST'], ({ settings }) => findHostFault(settings.ADMIN_HOST)),
  rule(['STOMP_PREFIX'], ({ settings }) => findPrefixFault(settings.STOMP_PREFIX)),
  rule(['STOMP_UPSTREAMS'], findMissingUpstreams),
  rule(['ADMIN_TOKEN', 'ADMIN_HOST'], ({ settings }) => findTokenFault(settings.ADMIN_TOKEN, settings.ADMIN_HOST)),
  rule(['REQUEST_TIMEOUT_MS', 'HEADERS_TIMEOUT_MS'], findShortRequestTimeout),
  rule(['MAX_TUNNELS', 'MAX_CONNECTIONS'], findTunnelsAboveConnections),
  rule(['ADMIN_PORT', 'PORT'], facts => findPortClash(facts, 'ADMIN_PORT', ['PORT'])),
  rule(['DEMO_ALLOWED_PAGE_PORT', 'PORT', 'ADMIN_PORT'],
    facts => findDemoPortClash(facts, 'DEMO_ALLOWED_PAGE_PORT', ['PORT', 'ADMIN_PORT'])),
  rule(['DEMO_BLOCKED_PAGE_PORT', 'PORT', 'ADMIN_PORT', 'DEMO_ALLOWED_PAGE_PORT'],
    facts => findDemoPortClash(facts, 'DEMO_BLOCKED_PAGE_PORT', ['PORT', 'ADMIN_PORT', 'DEMO_ALLOWED_PAGE_PORT'])),
  rule(['STOMP_UPSTREAMS', 'HOST', 'PORT'], facts => findLoop(facts, 'HOST', 'PORT')),
  rule(['STOMP_UPSTREAMS', 'ADMIN_HOST', 'ADMIN_PORT'], facts => findLoop(facts, 'ADMIN_HOST', 'ADMIN_PORT'))
]

function findMissingUpstreams ({ settings, isProduction }: Facts): string | undefined {
  if (!isProduction || settings.STOMP_UPSTREAMS !== '') return
  return 'it is required in production. Name your chat-service, such as http://chat:8080'
}

function findShortRequestTimeout ({ settings }: Facts): string | undefined {
  const { REQUEST_TIMEOUT_MS: whole, HEADERS_TIMEOUT_MS: head } = settings
  if (whole >= head) return
  return `'${whole}' is below HEADERS_TIMEOUT_MS (${head}). Raise it to ${head} or more, or lower HEADERS_TIMEOUT_MS`
}

function findTunnelsAboveConnections ({ settings }: Facts): string | undefined {
  const { MAX_TUNNELS: tunnels, MAX_CONNECTIONS: sockets } = settings
  // Whoever lowers MAX_CONNECTIONS alone has bounded the tunnels, too; only a limit of their own is wrong.
  if (tunnels <= sockets || tunnels === settingsSchema.properties.MAX_TUNNELS.default) return
  return `'${tunnels}' is above MAX_CONNECTIONS (${sockets}). Lower it, or raise that`
}

type PortName = 'PORT' | 'ADMIN_PORT' | 'DEMO_ALLOWED_PAGE_PORT' | 'DEMO_BLOCKED_PAGE_PORT'

function findPortClash ({ settings }: Facts, name: PortName, others: readonly PortName[]) {
  const other = others.find(other => settings[name] !== 0 && settings[other] === settings[name])
  return other && `'${settings[name]}' is the port of ${other} too. Give each listener its own port`
}

/** The demo's pages listen in the demo only; elsewhere their ports are nobody's business. */
const findDemoPortClash: typeof findPortClash = (facts, name, others) =>
  facts.demo ? findPortClash(facts, name, others) : undefined

/** Proxying to our own listener would loop, or open the admin listener to every client. */
function findLoop ({ settings, upstreams }: Facts, host: 'HOST' | 'ADMIN_HOST', port: 'PORT' | 'ADMIN_PORT') {
  const own = upstreams.find(({ hostname, port: upstreamPort }) =>
    upstreamPort === settings[port] && reaches(hostname, settings[host]))
  return own && `'${own.id}' is the gateway itself (${host} and ${port}). Name the chat-service's address`
}

/**
 * The faults of all rules. Rules over one setting go first; a rule over several is left out when one of these
 * is faulty already (`faulty`: those the schema refused), since it would judge a value nobody meant.
 */
export function checkRules (facts: Facts, faulty: ReadonlySet<string>): readonly Fault[] {
  const single = applyRules(RULES.filter(({ reads }) => reads.length === 1), facts, faulty)
  const refused = new Set([...faulty, ...single.map(({ setting }) => setting)])
  return [...single, ...applyRules(RULES.filter(({ reads }) => reads.length > 1), facts, refused)]
}

function applyRules (rules: readonly Rule[], facts: Facts, faulty: ReadonlySet<string>): readonly Fault[] {
  return rules
    .filter(({ reads }) => !reads.some(name => faulty.has(name)))
    .flatMap(({ reads: [setting], find }) => {
      const message = find(facts)
      return message === undefined ? [] : [{ setting, message }]
    })
}

/** What is allowed, and yet most likely not meant: one sentence each. */
export function findWarnings ({ settings, originSources, isProduction, demo }: Facts): readonly string[] {
  const warnings: string[] = []
  if (!isProduction && /^prod/i.test(settings.NODE_ENV)) {
    warnings.push(`NODE_ENV: ${quote(settings.NODE_ENV)} is not 'production'. The rules of production do not apply`)
  }
  const usesEnv = originSources.some(({ name }) => name === 'env')
  if (settings.ALLOWED_ORIGINS !== '' && !usesEnv) {
    warnings.push('ALLOWED_ORIGINS: it has no effect, because ORIGIN_POLICY does not name env. Add env there, or empty this')
  }
  const isEmpty = settings.ALLOWED_ORIGINS === '' && settings.PUBLIC_ORIGINS === ''
  if (!demo && isEmpty && usesEnv && originSources.length === 1) {
    warnings.push('ALLOWED_ORIGINS: it is empty, so every request with an Origin is refused. Name the origins of your pages')
  }
  return warnings
}
