/** A word, a quoted text, or one of `{`, `}`, `;`. Comments and white space are left out. */
export interface NginxToken {
  readonly text: string
  readonly isQuoted: boolean
  /** From 1. */
  readonly line: number
}

/**
 * Splits a configuration as nginx does (`ngx_conf_read_token`): a quote counts at the start of a word only, a
 * backslash keeps the next character from ending the word. In quotes it goes before a quote, else it stays,
 * as expressions need it.
 */
export function readNginxTokens (source: string): NginxToken[] {
  const tokens: NginxToken[] = []
  let line = 1
  for (let at = 0; at < source.length;) {
    const end = endOfToken(source, at)
    const raw = source.slice(at, end)
    const quote = raw[0] === '"' || raw[0] === "'" ? raw[0] : undefined
    if (quote !== undefined) tokens.push({ text: unquote(raw, quote), isQuoted: true, line })
    else if (!/^[\s#]/.test(raw)) tokens.push({ text: raw, isQuoted: false, line })
    line += raw.split('\n').length - 1
    at = end
  }
  return tokens
}

function endOfToken (source: string, at: number): number {
  const first = source.charAt(at)
  if ('{};'.includes(first)) return at + 1
  if (/\s/.test(first)) return skipWhile(source, at, character => /\s/.test(character))
  if (first === '#') return skipWhile(source, at, character => character !== '\n')
  if (first === '"' || first === "'") {
    return Math.min(skipWhile(source, at + 1, character => character !== first) + 1, source.length)
  }
  return skipWhile(source, at, (character, index) =>
    !/[\s;{]/.test(character) || (character === '{' && source[index - 1] === '$'))
}

function skipWhile (
  source: string, from: number, isPart: (character: string, index: number) => boolean
): number {
  let at = from
  while (at < source.length && isPart(source.charAt(at), at)) at += source[at] === '\\' ? 2 : 1
  return Math.min(at, source.length)
}

function unquote (raw: string, quote: string): string {
  const inner = raw.slice(1, raw.length > 1 && raw.endsWith(quote) ? -1 : undefined)
  return inner.replaceAll(`\\${quote}`, quote)
}
