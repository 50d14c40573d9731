import type { JavaToken } from './java-tokens.js'

/** What an expression says: texts, each with its line, and the parts of it that are no literals. */
export interface Literals {
  readonly texts: ReadonlyArray<{ text: string, line: number, written: string }>
  readonly unread: ReadonlyArray<{ line: number, written: string, reason: string }>
}

/** Ways to write a list in Java and Kotlin; each may have a class in front. */
const LIST_MAKERS = new Set(['of', 'asList', 'singletonList', 'singleton', 'listOf', 'mutableListOf', 'arrayListOf', 'setOf',
  'mutableSetOf', 'arrayOf', 'newArrayList', 'ArrayList', 'copyOf', 'unmodifiableList'])

const OPENING: ReadonlyMap<string | undefined, string> = new Map([['(', ')'], ['{', '}'], ['[', ']']])
const CLOSING = new Set<string | undefined>([...OPENING.values()])

/** Deeper than anybody writes a list. */
const MAX_DEPTH = 16

/** Reads a list of arguments (the tokens between its brackets). Never throws, whatever the source holds. */
export function readLiterals (tokens: readonly JavaToken[], source: string, depth = 0): Literals {
  const parts = splitAtCommas(tokens).map(part => readArgument(part, source, depth))
  return { texts: parts.flatMap(({ texts }) => texts), unread: parts.flatMap(({ unread }) => unread) }
}

/** The index of the bracket that closes the one at `open`; the end of the tokens when none does. */
export function findClosing (tokens: readonly JavaToken[], open: number): number {
  let depth = 0
  for (let index = open; index < tokens.length; index++) {
    const token = tokens[index]
    if (token?.kind !== 'mark') continue
    if (OPENING.has(token.text)) depth++
    else if (CLOSING.has(token.text) && --depth === 0) return index
  }
  return tokens.length
}

/** The arguments of a call, or the members of a list; a comma at the end adds none. */
export function splitAtCommas (tokens: readonly JavaToken[]): JavaToken[][] {
  const parts: JavaToken[][] = []
  let part: JavaToken[] = []
  let depth = 0
  for (const token of tokens) {
    const mark = token.kind === 'mark' ? token.text : undefined
    if (OPENING.has(mark)) depth++
    else if (CLOSING.has(mark)) depth--
    if (mark === ',' && depth === 0) {
      parts.push(part)
      part = []
    } else part.push(token)
  }
  return [...parts, part].filter(({ length }) => length > 0)
}

function readArgument (tokens: readonly JavaToken[], source: string, depth: number): Literals {
  const [first, last] = [tokens[0], tokens.at(-1)] as [JavaToken, JavaToken] // no part is empty
  const written = source.slice(first.start, last.end)
  const text = concatenate(tokens)
  if (text !== undefined) return { texts: [{ text, line: first.line, written }], unread: [] }
  if (written === 'null') return { texts: [], unread: [] }
  if (/^(?:[\w.]*\.)?CorsConfiguration\s*\.\s*ALL$/.test(written)) {
    return { texts: [{ text: '*', line: first.line, written }], unread: [] }
  }
  const inner = depth < MAX_DEPTH ? findInner(tokens) : undefined
  if (inner !== undefined) return readLiterals(inner, source, depth + 1)
  return { texts: [], unread: [{ line: first.line, written, reason: `cannot be read: ${describe(tokens)}` }] }
}

/** `"https://" + "a.com"`; undefined when any part is no literal. */
function concatenate (tokens: readonly JavaToken[]): string | undefined {
  let text = ''
  for (const [index, token] of tokens.entries()) {
    const isPlus = token.kind === 'mark' && token.text === '+'
    if (index % 2 === 1 ? !isPlus : token.kind !== 'string' || token.text === undefined) return undefined
    if (token.kind === 'string') text += token.text
  }
  return tokens.length % 2 === 1 ? text : undefined
}

/** The members of `List.of(…)`, `new String[] {…}`, `{…}`, `[…]`, `*arrayOf(…)` or `(…)`. */
function findInner (tokens: readonly JavaToken[]): readonly JavaToken[] | undefined {
  const open = findOpening(tokens)
  const head = tokens.slice(0, open)
  if (open === -1 || findClosing(tokens, open) !== tokens.length - 1) return undefined
  const typeArguments = head.findIndex(({ text }) => text === '<')
  const names = head.slice(0, typeArguments === -1 ? open : typeArguments)
    .filter(({ kind }) => kind === 'name').map(({ text }) => text)
  const isOnlyMarks = names.length === 0 && head.every(({ text }) => text === '*')
  const isArray = names[0] === 'new' && tokens[open]?.text === '{'
  const isList = tokens[open]?.text === '(' && LIST_MAKERS.has(names.at(-1) ?? '') && head.every(isPartOfName)
  return isOnlyMarks || isArray || isList ? tokens.slice(open + 1, -1) : undefined
}

/** The bracket that holds the members: behind `<…>`, and behind the empty `[]` of an array's type. */
function findOpening (tokens: readonly JavaToken[]): number {
  return tokens.findIndex(({ kind, text }, index) =>
    kind === 'mark' && OPENING.has(text) && !(text === '[' && tokens[index + 1]?.text === ']'))
}

const isPartOfName = ({ kind, text }: JavaToken): boolean =>
  kind === 'name' || (kind === 'mark' && ['.', '<', '>', '*', '?'].includes(String(text)))

function describe (tokens: readonly JavaToken[]): string {
  return tokens.some(({ kind, text }) => kind === 'string' && text === undefined)
    ? 'it holds a placeholder, whose value stands elsewhere; write that value'
    : 'only the running program knows what it is; write the origins that it holds'
}
