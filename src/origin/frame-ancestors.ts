import { lintEntry } from './entry.js'

/**
 * A CSP host-source: scheme, perhaps `*.`, literal labels or an address, perhaps a port. CSP Level 3 §2.3.1.
 */
const HOST_SOURCE = /^(https?:\/\/(?:\*\.)?[a-z0-9._-]+)(?::(?:(\d+)|\[([\d,*]+)\]|\*))?$/

/**
 * A Content-Security-Policy that lets the allow-list's pages frame a SockJS iframe page, and nobody else. An
 * entry that CSP cannot express (a `*` inside a label, `null`, IPv6, other schemes) is left out: fail
 * closed.
 * @param entries the allow-list as written
 */
export function frameAncestors (entries: readonly string[]): string {
  return ['frame-ancestors', "'self'", ...entries.flatMap(sourcesOf)].join(' ')
}

function sourcesOf (entry: string): string[] {
  if (entry === '*') return ['*']
  const match = HOST_SOURCE.exec(entry.toLowerCase().replace(/\/$/, ''))
  if (match === null || lintEntry(entry).verdict === 'reject') return []
  const [whole, base = '', port, ports] = match
  if (port !== undefined) return [`${base}:${port}`]
  if (ports !== undefined && ports !== '*') return ports.split(',').map(each => `${base}:${each}`)
  return whole === base ? [base] : [`${base}:*`]
}
