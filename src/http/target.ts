import { isAuthority } from './forwarded.js'

/** A request target that may be routed: path and query are the client's own bytes. */
export interface Target { readonly path: string, readonly query: string, readonly host: string }

/** Why a target or its Host is refused: which error it is, and a phrase that names the mend. */
export interface TargetFault { readonly fault: 'host' | 'path', readonly message: string }

const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(.*)$/is

/**
 * Reads the request target and Host (RFC 9112 §3.2). Origin-form passes; absolute-form passes when it names
 * the same host as `Host` does; all else is a fault. Two Host lines are a fault: readers disagree on which
 * one counts.
 * @param url the request target as sent
 * @param hosts the value of every Host line
 */
export function readTarget (url: string, hosts: readonly string[]): Target | TargetFault {
  const [host] = hosts
  if (host === undefined) return { fault: 'host', message: 'there is none' }
  if (hosts.length > 1) return { fault: 'host', message: 'there are two' }
  if (!isAuthority(host)) return { fault: 'host', message: 'it is not a host name or address with an optional port' }
  const absolute = ABSOLUTE_FORM.exec(url)
  if (absolute !== null && !namesSameHost(absolute[1] as string, host)) {
    return { fault: 'host', message: 'the request target names another one' }
  }
  const local = absolute === null ? url : withSlash(absolute[2] as string)
  if (!local.startsWith('/')) return { fault: 'path', message: 'it must start with a slash' }
  if (local.includes('#')) return { fault: 'path', message: 'a fragment is never sent to a server' }
  const mark = local.indexOf('?')
  return mark === -1
    ? { path: local, query: '', host }
    : { path: local.slice(0, mark), query: local.slice(mark), host }
}

/**
 * The path below `prefix`, as sent: '' or with a leading slash. undefined when the bytes are not under it.
 */
export function pathBelow (prefix: string, path: string): string | undefined {
  if (!path.startsWith(prefix)) return undefined
  const rest = path.slice(prefix.length)
  return rest === '' || rest.startsWith('/') ? rest : undefined
}

/** The target for an instance: its base path in the prefix's place; the rest and the query byte for byte. */
export function targetOf (basePath: string, rest: string, query: string): string {
  return (basePath + rest || '/') + query
}

function withSlash (rest: string): string {
  return rest.startsWith('/') ? rest : `/${rest}`
}

function namesSameHost (a: string, b: string): boolean {
  return withoutDefaultPort(a) === withoutDefaultPort(b)
}

function withoutDefaultPort (authority: string): string {
  return authority.toLowerCase().replace(/:80$/, '')
}
