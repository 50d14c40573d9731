import { matchGlob } from './glob.js'

/** A host of one allow-list entry, ready to be compared with normalized hosts. Lists have an index. */
export interface HostPattern {
  /** The literal labels at the end. The whole host when there is no wildcard. */
  readonly suffix: string
  /** Only for hosts that equal `suffix` or end in a dot and `suffix`: that is not looked at again. */
  matches (host: string): boolean
}

/**
 * The compiled form of a linted, normalized entry host. A whole label `*` stands for one or more labels; a
 * `*` inside a label stands for one or more characters of that label, never for a dot.
 */
export function compileHostPattern (entryHost: string): HostPattern {
  const labels = entryHost.split('.')
  const literalFrom = labels.findLastIndex(label => label.includes('*')) + 1
  const suffix = labels.slice(literalFrom).join('.')
  const head = labels.slice(0, literalFrom)
  if (head.length === 0) return { suffix, matches: host => host === suffix }
  // The common `*.example.com` needs no splitting: a longer host with this suffix has a label before it.
  if (head.length === 1 && head[0] === '*') return { suffix, matches: host => host.length > suffix.length }
  // Who asks for near misses compares a whole list: most of it ends at this cheap part.
  const start = entryHost.slice(0, entryHost.indexOf('*'))
  const end = entryHost.slice(entryHost.lastIndexOf('*') + 1)
  return {
    suffix,
    matches: host => host.startsWith(start) && host.endsWith(end) &&
      matchGlob(head, host.slice(0, -suffix.length - 1).split('.'), labelAgrees)
  }
}

const labelAgrees = (pattern: string, label: string): boolean =>
  pattern.includes('*') ? matchGlob(pattern, label, (a, b) => a === b) : pattern === label
