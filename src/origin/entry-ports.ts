import { EntryFault, type EntryNotes } from './entry-fault.js'
import { defaultPortOf } from './origin.js'

/** The ports of an entry: `any`, or some of them, where '' is the scheme's default port. */
export type EntryPorts = 'any' | readonly string[]

const PORT = /^[1-9][0-9]{0,4}$/
const MAX_PORT = 65_535

/**
 * Reads what follows the host of an entry: nothing, `:8080`, `:[8080,8081]`, `:[*]` or `:*`. Browsers never
 * send a default port, so 443 in an https entry means the origin without a port.
 * @throws EntryFault when it is none of these
 */
export function readEntryPorts (text: string, scheme: string, notes: EntryNotes): EntryPorts {
  if (text === '') return ['']
  if (!text.startsWith(':')) throw new EntryFault(`"${text}" follows the host: write a port as ":8080"`)
  const port = text.slice(1)
  if (port === '[*]') return 'any'
  if (port === '*') {
    notes.respelled.push('":*" is read as any port')
    return 'any'
  }
  const listed = port.startsWith('[') && port.endsWith(']') ? port.slice(1, -1).split(',') : [port]
  listed.forEach(refuseBadPort)
  return withoutDefault(listed, scheme, notes)
}

function withoutDefault (listed: readonly string[], scheme: string, notes: EntryNotes): readonly string[] {
  const defaultPort = defaultPortOf(scheme)
  if (listed.length === 1 && listed[0] === defaultPort) {
    notes.respelled.push(`browsers never send the default port ${defaultPort}`)
  }
  const ports = [...new Set(listed.map(port => port === defaultPort ? '' : port))]
  if (ports.length < listed.length) notes.respelled.push('a port is listed twice')
  return ports.sort()
}

function refuseBadPort (port: string): void {
  if (port === '') throw new EntryFault('the port is empty: write ":8080", ":[8080,8081]" or ":[*]", or no ":" at all')
  if (/^\d+-\d+$/.test(port)) throw new EntryFault(`"${port}" is a range: list the ports as ":[8080,8081]" or write ":[*]"`)
  if (port.includes('*')) throw new EntryFault(`"${port}" mixes "*" with a port: write ":[*]" for any port`)
  if (!PORT.test(port) || Number(port) > MAX_PORT) {
    throw new EntryFault(`"${port}" is not a port: write a number from 1 to ${MAX_PORT} without leading zeros`)
  }
}
