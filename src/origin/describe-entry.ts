import type { EntryPattern } from './entry-pattern.js'
import { defaultPortOf } from './origin.js'

/** What an entry covers, in words without the entry: `exactly example.com, by https, port 8443`. */
export function describeEntry (pattern: EntryPattern): string {
  if (pattern.kind === 'any') return 'every origin but "null"'
  if (pattern.kind === 'opaque') return 'opaque origins: sandboxed frames, local files, data: pages'
  const { scheme, host, ports } = pattern
  return `${describeHost(host)}, by ${scheme}${describePorts(scheme, ports)}`
}

function describeHost (host: string): string {
  if (!host.includes('*')) return `exactly ${host}`
  if (/^\*\.[^*]+$/.test(host)) return `any sub-domain of ${host.slice(2)}, not ${host.slice(2)} itself`
  const labels = host.split('.')
  const whole = labels.includes('*') ? ['"*" as a label is one label or more'] : []
  const part = labels.some(label => label.includes('*') && label !== '*')
    ? ['"*" inside a label is a part of that one label']
    : []
  return `hosts like ${host} (${[...whole, ...part].join('; ')})`
}

function describePorts (scheme: string, ports: 'any' | readonly string[]): string {
  if (ports === 'any') return ', any port or none'
  if (ports.length === 1 && ports[0] === '') return ''
  const names = ports.map(port => port || `${defaultPortOf(scheme)} (the default)`)
  return names.length === 1 ? `, port ${names.join()}` : `, ports ${names.join(', ')}`
}
