import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** A name that browsers never ask the DNS for (RFC 6761 §6.3). */
const LOCALHOST = /(?:^|\.)localhost\.?$/i

/**
 * Finds a name's addresses as browsers do: `localhost` and all names below it are this machine. Node asks the
 * system, which may not know the latter.
 */
export const lookupAsBrowsers: LookupFunction = (hostname, options, callback) => {
  lookup(LOCALHOST.test(hostname) ? 'localhost' : hostname, options, callback)
}
