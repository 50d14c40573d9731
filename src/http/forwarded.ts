/** What the gateway tells an instance about the client: the same for every request of a SockJS session. */
export interface ClientFacts {
  /** The client's address as far as it can be trusted, without a port or zone. */
  readonly address: string
  readonly proto: 'http' | 'https'
  /** The host the client asked for, `name[:port]`. */
  readonly host: string
  /** The path prefix that the gateway cut off. */
  readonly prefix: string
}

/** RFC 9110 §7.6.3; the pseudonym keeps the machine's name out of it. */
const VIA = '1.1 gatehouse'

/**
 * A host and perhaps a port, as Host and X-Forwarded-Host carry it (RFC 9110 §7.2), names of [A-Za-z0-9._-]
 * only.
 */
const AUTHORITY = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,255})(?::\d{1,5})?$/

/** True when the text is a well-formed `host[:port]`. */
export function isAuthority (text: string): boolean {
  return AUTHORITY.test(text)
}

/** True for the (lower-case) header names in which a client could lie about who it is. */
export function isForwardingHeader (name: string): boolean {
  return name.startsWith('x-forwarded-') || name === 'forwarded' || name === 'x-real-ip'
}

/**
 * Narrows what stands in the request, or in the lines of a trusted proxy, to what an instance may be told.
 * `ws`/`wss` become `http`/`https`, because instances build links from it.
 * @param seen the (resolved) values; `peerHost` is the Host line, known to be well-formed
 */
export function clientFacts (seen: {
  address: string, protocol: string, host: string, peerHost: string, prefix: string
}): ClientFacts {
  return {
    address: plainAddress(seen.address),
    proto: /^(?:https|wss)$/i.test(seen.protocol) ? 'https' : 'http',
    host: isAuthority(seen.host) ? seen.host : seen.peerHost,
    prefix: seen.prefix
  }
}

/** The X-Forwarded-* and Via lines for an instance; `viaOfClient` are the Via lines that came in. */
export function forwardedHeaders (facts: ClientFacts, viaOfClient: readonly string[]): string[] {
  return [
    'X-Forwarded-For', facts.address,
    'X-Forwarded-Proto', facts.proto,
    'X-Forwarded-Host', facts.host,
    'X-Forwarded-Prefix', facts.prefix,
    'Via', [...viaOfClient, VIA].join(', ')
  ]
}

/** An address without what a socket adds: `::ffff:127.0.0.1` -> `127.0.0.1`, `fe80::1%eth0` -> `fe80::1`. */
function plainAddress (address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  const zone = address.indexOf('%')
  return zone === -1 ? address : address.slice(0, zone)
}
