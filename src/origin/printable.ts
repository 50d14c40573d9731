/**
 * Control characters of both ranges, line separators, what turns the direction of text round or takes no
 * room, and halves of characters. JSON escapes hardly half of them.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** Text of somebody else as a terminal, a log and a JSON answer may show it, on one line. */
export function harmless (text: string): string {
  return text.replace(UNPRINTABLE, '\uFFFD')
}

/** The same for text of several lines, which are kept. */
export function harmlessLines (text: string): string {
  return text.split('\n').map(harmless).join('\n')
}

/** The same for one line of at most `maxLength` characters; `…` stands for the rest. */
export function printable (text: string, maxLength = 80): string {
  // Cut first: what is replaced is bounded, however long the text.
  const safe = harmless(text.slice(0, maxLength))
  return text.length > maxLength ? `${safe}…` : safe
}
