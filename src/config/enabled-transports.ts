import { TRANSPORTS, type TransportName } from '../sockjs/transports.js'
import { quote } from './faults.js'
import { nearest } from './nearest.js'

/** `iframe` stands for the iframe*.html pages, which are no transport but are switched in the same place. */
const KNOWN: readonly string[] = [...Object.keys(TRANSPORTS), 'iframe']
/** Names sockjs-client uses, which are not those of the URLs. */
const CLIENT_NAMES: ReadonlyMap<string, string> = new Map([['xhr-polling', 'xhr'], ['jsonp-polling', 'jsonp']])

/** A receiving transport, and the sending one its client posts through. */
const SENDERS: ReadonlyArray<readonly [receiver: TransportName, sender: TransportName]> = [
  ['xhr', 'xhr_send'], ['xhr_streaming', 'xhr_send'], ['eventsource', 'xhr_send'], ['htmlfile', 'xhr_send'],
  ['jsonp', 'jsonp_send']
]

/** The transports to open, a fault for each unknown name, a warning for each that cannot send. */
export function parseTransports (text: string): {
  transports: ReadonlySet<string>, faults: readonly string[], warnings: readonly string[]
} {
  const names = text.split(',').map(name => name.trim()).filter(name => name !== '')
  const transports = new Set(names)
  const faults = names.filter(name => !KNOWN.includes(name)).map(describeUnknown)
  if (names.length === 0) faults.push(`${quote(text)} names no transport. Write at least one of ${KNOWN.join(', ')}`)
  const warnings = SENDERS
    .filter(([receiver, sender]) => transports.has(receiver) && !transports.has(sender))
    .map(([receiver, sender]) => `${receiver} can receive but not send without ${sender}. Add ${sender}`)
  return { transports, faults, warnings }
}

function describeUnknown (name: string): string {
  const meant = CLIENT_NAMES.get(name.toLowerCase().replaceAll('_', '-')) ?? nearest(name, KNOWN)
  return `${quote(name)} is no transport. Write ${meant ?? `one of ${KNOWN.join(', ')}`}`
}
