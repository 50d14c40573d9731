import { ConfigError, formatFaults } from './config/faults.js'
import type { Config } from './config/load.js'
import { harmlessLines } from './origin/printable.js'
import { OriginStartError } from './sources/open-policies.js'
import { WorkerStartError } from './workers/start-error.js'

/** What the demo prints: where to look, in a few lines. `pages` are the allowed and the blocked page. */
export function describeStart (gateway: string, pages: readonly string[]): string {
  const [allowed, blocked] = pages
  return `
  Gatehouse demo: two chat-services behind one gateway
    gateway       ${gateway}
    on the list   ${allowed}   open it twice and chat
    not on it     ${blocked}   the same page, blocked
  Set STOMP_UPSTREAMS and ALLOWED_ORIGINS to put it in front of your own. Ctrl+C ends it.

`
}

/** What `listen` and name lookups reject with. */
type ListenError = NodeJS.ErrnoException & { port?: number, address?: string, hostname?: string }

const PORTS = ['PORT', 'ADMIN_PORT', 'DEMO_ALLOWED_PAGE_PORT', 'DEMO_BLOCKED_PAGE_PORT'] as const

/**
 * Why the process cannot start, without a line break at the end: all faults of the settings, one line for an
 * address or port that is not to be had, and a stack for what nobody thought of. Harmless to a terminal:
 * sources and settings may hold somebody else's text.
 * @param config what it was about to run with; undefined when the settings were refused
 */
export function describeFailure (error: unknown, config: Config | undefined): string {
  return harmlessLines(describe(error, config))
}

function describe (error: unknown, config: Config | undefined): string {
  if (error instanceof ConfigError) return formatFaults(error)
  if (error instanceof OriginStartError) return `Gatehouse cannot start: no allow-list from ${error.message}`
  if (error instanceof WorkerStartError) return error.message
  const { code, port, address, hostname } = error as ListenError
  if (code === 'EADDRINUSE') {
    const names = PORTS.filter(name => config !== undefined && config[name] === port).join(' or ')
    return `Gatehouse cannot start: port ${port} is taken. Stop what listens there, or set another ${names}.`
  }
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES') {
    const place = [address, port].filter(part => part !== undefined).join(':')
    return `Gatehouse cannot start: it may not listen on ${place} (${code}). Set another address or port.`
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `Gatehouse cannot start: '${hostname}' has no address (${code}). Set HOST and ADMIN_HOST to addresses of this machine.`
  }
  return `Gatehouse cannot start: ${error instanceof Error ? error.stack : String(error)}`
}
