// Not by `import`: Node would search the list of suffixes for exports, for longer than it takes to load it.
import tldts = require('tldts')
import { EntryFault, type EntryNotes } from './entry-fault.js'

/**
 * Names nobody can register, though on no public-suffix list, or listed as a suffix (`home.arpa`): RFC 6761,
 * RFC 6762, RFC 8375, ICANN's `internal` and the private names RFC 6762 appendix G warns of.
 */
const SPECIAL_USE = new Set(['localhost', 'test', 'example', 'local', 'internal', 'home.arpa', 'lan', 'intranet',
  'corp', 'home', 'private'])

/** The end of a host below which names are handed out, and to whom. */
interface Suffix { labels: number, name: string, kind: 'special' | 'icann' | 'private' | 'unlisted' }

/**
 * Holds the wildcards of an entry's normalized host to labels whose owner is written out: the registrable
 * domain (public suffix plus one label) must be literal. Notes what is risky yet may be meant.
 * @throws EntryFault when strangers could register a name that matches
 */
export function lintWildcards (host: string, notes: EntryNotes): void {
  if (!host.includes('*')) return
  const labels = host.replace(/\.$/, '').split('.')
  const lastLabel = labels.slice(-1).join()
  if (hasWildcard(lastLabel)) refuseOpenEnd(labels, lastLabel)
  const suffix = suffixOf(labels)
  const registrable = labels.at(-suffix.labels - 1)
  if (registrable === undefined || labels.slice(-suffix.labels).some(hasWildcard)) {
    throw new EntryFault(`anyone can get a name under the public suffix "${suffix.name}": ${OWN_DOMAIN}`)
  }
  if (hasWildcard(registrable)) lintRegistrable(registrable, suffix, notes)
  else if (suffix.kind === 'unlisted') {
    notes.warnings.push(`"${suffix.name}" is on no list of public suffixes: check the spelling, or list each host`)
  }
  noteGluedWildcards(labels, notes)
}

const OWN_DOMAIN = 'put the wildcard under a domain of your own, as "https://*.example.com"'

const hasWildcard = (label: string): boolean => label.includes('*')

/** `*example` also means `evilexample`; before a hyphen the same is more likely meant. */
const isGlued = (label: string): boolean => /^\*[^-]/.test(label)

function refuseOpenEnd (labels: readonly string[], last: string): never {
  if (labels.every(label => /^[0-9*]+$/.test(label)) && labels.some(label => /[0-9]/.test(label))) {
    throw new EntryFault('an IP address takes no wildcard: list each address by itself')
  }
  if (last === '*' && labels.length === 1) throw new EntryFault(`this allows every site: ${OWN_DOMAIN}`)
  throw new EntryFault(`"${last}" at the end of the host lets in domains of strangers: ` +
    'write the host to its end, and any port as ":[*]"')
}

function suffixOf (labels: readonly string[]): Suffix {
  for (const count of [1, 2]) {
    const name = labels.slice(-count).join('.')
    if (SPECIAL_USE.has(name)) return { labels: count, name, kind: 'special' }
  }
  const { publicSuffix, isIcann, isPrivate } = tldts.parse(labels.join('.').replaceAll('*', 'x'),
    { allowPrivateDomains: true, extractHostname: false, validateHostname: false, detectIp: false })
  /* c8 ignore next -- null only for what is no host name at all, and the grammar was checked before */
  const count = publicSuffix?.split('.').length ?? 1
  const name = labels.slice(-count).join('.')
  if (isPrivate === true) return { labels: count, name, kind: 'private' }
  return { labels: count, name, kind: isIcann === true ? 'icann' : 'unlisted' }
}

function lintRegistrable (label: string, suffix: Suffix, notes: EntryNotes): void {
  if (suffix.kind === 'special') {
    if (suffix.name !== 'localhost') {
      notes.warnings.push(`"${suffix.name}" belongs to nobody: whoever runs this network's DNS decides who matches; ` +
        'name one more label, or list each host')
    }
  } else if (suffix.kind === 'unlisted') {
    throw new EntryFault(`"${suffix.name}" is on no list of public suffixes, so its names may be anyone's: list each host`)
  } else if (isGlued(label)) {
    const name = label.replace(/^\*+/, '')
    throw new EntryFault(`a dot is missing, "evil${name}.${suffix.name}" matches: ` +
      `write "*.${name}.${suffix.name}" for its sub-domains`)
  } else if (label === '*' || suffix.kind !== 'private') {
    throw new EntryFault(`anyone can register a name that fits "${label}.${suffix.name}": ${OWN_DOMAIN}`)
  } else {
    notes.warnings.push(`others can register names that fit "${label}.${suffix.name}": list each host, ` +
      'or use a domain of your own')
  }
}

function noteGluedWildcards (labels: readonly string[], notes: EntryNotes): void {
  for (const label of labels.filter(isGlued)) {
    notes.warnings.push(`"${label}" also matches "evil${label.slice(1)}": ` +
      `write "*.${label.slice(1)}" if sub-domains are meant`)
  }
}
