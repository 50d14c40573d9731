import { lintEntry } from './entry.js'

/**
 * A CSP host-source: scheme, perhaps `*.`, literal labels or an address, perhaps a port. CSP Level 3 §2.3.1.
 */
const HOST_SOURCE = /^(https?:\/\/(?:\*\.)?[a-z0-9._-]+)(?::(?:(\d+)|\[([\d,*]+)\]|\*))?$/

/** Characters of a header that every client and proxy takes; a head of 16 KiB is refused by many. */
const MAX_LENGTH = 8_192

/** Made once a list; lists are frozen, and a changed one is another object. */
const made = new WeakMap<readonly string[], string>()

/**
 * A Content-Security-Policy that lets the allow-list's pages frame a SockJS iframe page, and nobody else. An
 * entry that CSP cannot express (a `*` inside a label, `null`, IPv6, other schemes) is left out, and so is
 * what comes after 8 KiB: fail closed.
 * @param entries the allow-list as written
 */
export function frameAncestors (entries: readonly string[]): string {
  const known = made.get(entries)
  if (known !== undefined) return known
  let policy = "frame-ancestors 'self'"
  for (const entry of entries) {
    const more = sourcesOf(entry).map(source => ` ${source}`).join('')
    if (policy.length + more.length > MAX_LENGTH) break // before the rest of a long list is even looked at
    policy += more
  }
  made.set(entries, policy)
  return policy
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
