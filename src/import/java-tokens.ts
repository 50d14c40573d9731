/** A piece of Java or Kotlin source. Comments and white space are left out. */
export interface JavaToken {
  readonly kind: 'name' | 'string' | 'mark'
  /** A name or mark as written; what a string says. Undefined when only the running program knows that. */
  readonly text: string | undefined
  /** From 1. */
  readonly line: number
  readonly start: number
  readonly end: number
}

/** Sticky and without choices to go back to, so that the work grows with the text alone. */
const SPACE = /\s+/y
const COMMENT_END = '*/'
const NAME = /[\p{L}_$][\p{L}\p{N}_$]*/uy
const NUMBER = /\d[\w.]*/y
const CHARACTER = /'(?:[^'\\\n]|\\.){1,8}'/y

/** `${…}` is a placeholder of Spring's or a template of Kotlin's; `$name` is the latter. */
const PLACEHOLDER = /(?<!\\)\$(?:\{|[\p{L}_])|#\{/u

const ESCAPES: ReadonlyMap<string, string> = new Map([['n', '\n'], ['t', '\t'], ['r', '\r'], ['s', ' '], ['b', '\b'], ['f', '\f']])

/** Splits source text. A quote that is never closed ends at its line; nothing is ever refused. */
export function readJavaTokens (source: string): JavaToken[] {
  const tokens: JavaToken[] = []
  let line = 1
  let at = 0
  while (at < source.length) {
    const { kind, text, end } = readToken(source, at)
    if (kind !== undefined) tokens.push({ kind, text, line, start: at, end })
    line += source.slice(at, end).split('\n').length - 1
    at = end
  }
  return tokens
}

function readToken (source: string, at: number): { kind?: JavaToken['kind'], text?: string | undefined, end: number } {
  const space = match(SPACE, source, at)
  if (space !== undefined) return { end: at + space.length }
  if (source.startsWith('//', at)) return { end: endOf('\n', source, at) }
  if (source.startsWith('/*', at)) return { end: endOf(COMMENT_END, source, at + 2) }
  if (source.startsWith('"""', at)) return readTextBlock(source, at)
  if (source.startsWith('"', at)) return readString(source, at)
  const name = match(NAME, source, at)
  if (name !== undefined) return { kind: 'name', text: name, end: at + name.length }
  const other = match(CHARACTER, source, at) ?? match(NUMBER, source, at) ?? source.charAt(at)
  return { kind: 'mark', text: other, end: at + other.length }
}

function match (pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0]
}

function endOf (mark: string, source: string, from: number): number {
  const at = source.indexOf(mark, from)
  return at === -1 ? source.length : at + mark.length
}

function readString (source: string, at: number): { kind: 'string', text: string | undefined, end: number } {
  let end = at + 1
  while (end < source.length && source[end] !== '"' && source[end] !== '\n') end += source[end] === '\\' ? 2 : 1
  const isClosed = source[end] === '"'
  const text = isClosed ? unescape(source.slice(at + 1, end)) : undefined
  return { kind: 'string', text, end: Math.min(isClosed ? end + 1 : end, source.length) }
}

/** Java's text block and Kotlin's raw string: white space around an origin means nothing in either. */
function readTextBlock (source: string, at: number): { kind: 'string', text: string | undefined, end: number } {
  const close = source.indexOf('"""', at + 3)
  if (close === -1) return { kind: 'string', text: undefined, end: source.length }
  const text = source.slice(at + 3, close).trim()
  return { kind: 'string', text: PLACEHOLDER.test(text) ? undefined : text, end: close + 3 }
}

function unescape (inner: string): string | undefined {
  if (PLACEHOLDER.test(inner)) return undefined
  return inner.replace(/\\(?:u+([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, character: string) =>
    code === undefined ? ESCAPES.get(character) ?? character : String.fromCharCode(Number.parseInt(code, 16)))
}
