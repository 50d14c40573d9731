import { EntryFault, type EntryNotes } from './entry-fault.js'
import { endsInNumber, normalizeHost } from './host.js'

/**
 * Letters, marks and digits that IDNA keeps as they are. Characters it drops (soft hyphen, fillers) or folds
 * (full-width letters, the Kelvin sign) would make the entry mean a host that the reader does not see.
 */
const UNICODE_LABEL = /^(?:(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{N}_-])+$/u
const PUNYCODE_LABEL = /^xn--[a-z0-9-]+$/

/**
 * The host of an entry in the spelling that is compared, wildcards kept: lower-case, Unicode labels as
 * punycode (UTS 46), IPv6 compressed.
 * @throws EntryFault when no browser would send such a host
 */
export function readEntryHost (host: string, notes: EntryNotes): string {
  if (host === '') throw new EntryFault('it has no host: write "https://example.com", or "https://[::1]" for IPv6')
  if (host.includes('%')) throw new EntryFault('browsers never send percent-encoding in a host: write the plain host')
  if (host.includes('**')) throw new EntryFault('"**" means no more than "*": write a single "*"')
  const ascii = host.split('.').map(label => toAsciiLabel(label)).join('.')
  if (ascii !== host) notes.respelled.push('browsers send this host as punycode')
  // A `*` stands for at least one host character, so a host with `x` in its place has the same grammar.
  const normalized = normalizeHost(ascii.replaceAll('*', 'x'))
  if (normalized === undefined) throw new EntryFault(describeBadHost(ascii))
  if (ascii.includes('*')) return ascii.toLowerCase()
  if (ascii.startsWith('[') && normalized !== ascii.toLowerCase()) {
    notes.respelled.push('browsers send this IPv6 address in its short form')
  }
  return normalized
}

/** One label at a time: only then a character that IDNA reads as a dot cannot add labels unseen. */
function toAsciiLabel (label: string): string {
  // eslint-disable-next-line no-control-regex -- the range is exactly ASCII
  if (/^[\x00-\x7f]*$/.test(label)) return label
  const punycode = UNICODE_LABEL.test(label) && label === label.normalize('NFKC') ? toPunycode(label) : ''
  if (!PUNYCODE_LABEL.test(punycode)) {
    throw new EntryFault(`the label "${label}" has no unambiguous punycode form: write it in ASCII, as "xn--…"`)
  }
  return punycode
}

function toPunycode (label: string): string {
  try {
    return new URL(`http://${label}/`).hostname
  } catch {
    return ''
  }
}

function describeBadHost (host: string): string {
  if (host.startsWith('[')) return `${host} is not an IPv6 address: write it without a zone, as "[::1]"`
  if (host.includes('*') && endsInNumber(host)) return 'an IP address takes no wildcard: list each address by itself'
  if (endsInNumber(host)) return `"${host}" is not an IPv4 address: write four decimal numbers, as "127.0.0.1"`
  return `"${host}" is not a host name: write labels of 1 to 63 letters, digits, "-" or "_" with single dots ` +
    'between them, at most 253 characters'
}
