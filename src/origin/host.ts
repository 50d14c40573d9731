/**
 * Labels as browsers accept them (`_` too) of DNS size, at most one trailing dot. RFC 1035 section 2.3.4. The
 * dot stands before the repeated label, so that no label of a bad name is read under two readings.
 */
const NAME = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?$/
const MAX_NAME_LENGTH = 253

/** What browsers take for IPv4: the last label is a number. WHATWG URL, "ends in a number checker". */
const NUMBER = /^(?:[0-9]+|0x[0-9a-f]*)\.?$/
const IPV4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/
const IPV6 = /^\[[0-9a-f:.]{2,45}\]$/

/**
 * The host in the one spelling that is compared: lower-case, IPv6 compressed, a trailing dot kept (it names
 * another origin). Undefined for anything a browser would not serialize, such as `127.1`, `0x7f.0.0.1`,
 * empty labels or a zone id. `host` must be ASCII: lower-casing would fold U+212A into `k`.
 */
export function normalizeHost (host: string): string | undefined {
  const lower = host.toLowerCase()
  if (lower.startsWith('[')) return normalizeIpv6(lower)
  if (!NAME.test(lower)) return undefined
  if (lower.length > MAX_NAME_LENGTH && lower.replace(/\.$/, '').length > MAX_NAME_LENGTH) return undefined
  if (endsInNumber(lower) && !IPV4.test(lower)) return undefined
  return lower
}

/**
 * Whether `text` from there on is a host in the spelling that normalizeHost gives, without a trailing dot,
 * whose last label begins with no digit. What it says no to may be a host all the same.
 */
export function isOrdinaryName (text: string, from: number): boolean {
  if (text.length - from > MAX_NAME_LENGTH) return false
  let label = from
  for (let index = from; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === DOT) {
      if (!isLabelLength(index - label)) return false
      label = index + 1
    } else if (!isOfName(code)) return false
  }
  return isLabelLength(text.length - label) && !isDigit(text.charCodeAt(label))
}

const DOT = 0x2E
const isLabelLength = (length: number): boolean => length > 0 && length <= 63
/** `a` to `z`, digits, `-` and `_`. */
const isOfName = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7A) || isDigit(code) || code === 0x2D || code === 0x5F

/** Whether browsers read the host as an IPv4 address, well-formed or not. `host` is lower-case. */
export function endsInNumber (host: string): boolean {
  // The dot at the very end, if any, starts no label of its own.
  const lastLabel = host.lastIndexOf('.', host.length - 2) + 1
  return isDigit(host.charCodeAt(lastLabel)) && NUMBER.test(host.slice(lastLabel))
}

/** Nearly every host is told apart by this, for a tenth of what NUMBER costs. NaN is no digit. */
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

/**
 * Whether a normalized host stays on this machine: `localhost` and names under it (RFC 6761 section 6.3),
 * 127.0.0.0/8 and `[::1]`.
 */
export function isLoopback (host: string): boolean {
  const name = host.replace(/\.$/, '')
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' ||
    (name.startsWith('127.') && IPV4.test(name))
}

/** The URL parser compresses the address (RFC 5952); only hexadecimal digits, colons and dots get there. */
function normalizeIpv6 (literal: string): string | undefined {
  if (!IPV6.test(literal)) return undefined
  try {
    return new URL(`http://${literal}/`).hostname
  } catch {
    return undefined
  }
}
