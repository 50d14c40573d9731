/** Control characters of both ranges, line separators, and what turns the direction of text round. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * Text from the network as a terminal and a log may show it: one line, at most `maxLength` characters, every
 * control and format character replaced by `?`.
 */
export function printable (text: string, maxLength = 80): string {
  // Cut first: what is replaced is bounded, however long the text.
  const safe = text.slice(0, maxLength).replace(UNPRINTABLE, '?')
  return text.length > maxLength ? `${safe}…` : safe
}
