/** A part of an expression that fills one place: a literal text, or one of a few usual fillings. */
export type RegexPart =
  | { readonly kind: 'literal', readonly text: string }
  /** `.`: one character, most often a dot somebody forgot to escape. */
  | { readonly kind: 'dot' }
  /** A repeated class: of digits, of characters of one label, or of any characters. */
  | { readonly kind: 'digits' | 'label' | 'any' }

/** One way through an expression, all its alternatives decided. */
export type RegexPath = readonly RegexPart[]

/** Why an expression is not understood. Never leaves expandRegex. */
class UnknownSyntax extends Error {}

/** Alternatives multiply: `(a|b)(a|b)…`. */
const MAX_PATHS = 64
const MAX_DEPTH = 16

const DIGITS = new Set(['\\d', '[0-9]', '[\\d]'])

/** The text still to be read. */
interface Cursor { rest: string }

/**
 * All ways through an expression without its `^` and `$`; a message when it holds what origins need not.
 * Groups, alternatives, `?`, and repeated classes are understood. Nothing is run: the text is attacker's.
 */
export function expandRegex (expression: string): readonly RegexPath[] | string {
  const cursor = { rest: expression }
  try {
    const paths = readAlternatives(cursor, 0)
    return cursor.rest === '' ? paths : 'its brackets do not match'
  } catch (error) {
    /* c8 ignore next -- the readers throw nothing else; a bug in them must not pass for a bad expression */
    if (!(error instanceof UnknownSyntax)) throw error
    return error.message
  }
}

function readAlternatives (cursor: Cursor, depth: number): RegexPath[] {
  if (depth > MAX_DEPTH) throw new UnknownSyntax('it is nested too deep')
  const paths = readSequence(cursor, depth)
  while (cursor.rest.startsWith('|')) {
    cursor.rest = cursor.rest.slice(1)
    paths.push(...readSequence(cursor, depth))
    bound(paths)
  }
  return paths
}

function readSequence (cursor: Cursor, depth: number): RegexPath[] {
  let paths: RegexPath[] = [[]]
  while (cursor.rest !== '' && !/^[|)]/.test(cursor.rest)) {
    const choices = readRepeated(cursor, depth)
    bound({ length: paths.length * choices.length })
    paths = paths.flatMap(path => choices.map(choice => [...path, ...choice]))
  }
  return paths
}

function bound ({ length }: { length: number }): void {
  if (length > MAX_PATHS) throw new UnknownSyntax(`it has more than ${MAX_PATHS} alternatives`)
}

/** One atom and what repeats it. */
function readRepeated (cursor: Cursor, depth: number): RegexPath[] {
  const group = take(cursor, /^\((?:\?:)?/)
  if (group !== undefined) {
    const paths = readAlternatives(cursor, depth + 1)
    if (take(cursor, /^\)/) === undefined) throw new UnknownSyntax('its brackets do not match')
    const repeated = take(cursor, QUANTIFIER)
    if (repeated === undefined || repeated === '?') return repeated === '?' ? [[], ...paths] : paths
    // A repeated group of labels, `([a-z]+\.)+`, is any sub-domain; what else repeats is nobody's origin.
    if (!paths.every(isLabelAndDot) || !/^[*+]/.test(repeated)) throw new UnknownSyntax(`"${repeated}" repeats a group`)
    const labels: RegexPath = [{ kind: 'any' }, { kind: 'literal', text: '.' }]
    return repeated.startsWith('*') ? [[], labels] : [labels]
  }
  const atom = readAtom(cursor)
  const repeated = take(cursor, QUANTIFIER)
  return repeated === undefined ? once(atom) : repeat(atom, repeated)
}

const QUANTIFIER = /^(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})[?+]?/

/** An atom as written: an escaped character, a class, a dot, or a plain character. */
function readAtom (cursor: Cursor): string {
  const atom = take(cursor, /^(?:\\[dwDWsSbB]|\\[^A-Za-z0-9]|\[(?:\\.|[^\]\\])*\]|[^\\[\]*+?{}()|^$])/)
  if (atom === undefined || /^\\[DWsSbB]/.test(atom)) {
    throw new UnknownSyntax(`"${(atom ?? cursor.rest).slice(0, 20)}" is not understood`)
  }
  return atom
}

const isLabelAndDot = ([first, second, ...rest]: RegexPath): boolean =>
  first?.kind === 'label' && second?.kind === 'literal' && second.text === '.' && rest.length === 0

function once (atom: string): RegexPath[] {
  if (atom === '.') return [[{ kind: 'dot' }]]
  if (/^\[(?:\\?\.)\]$/.test(atom)) return [[{ kind: 'literal', text: '.' }]]
  if (DIGITS.has(atom)) return [[{ kind: 'digits' }]]
  if (atom === '\\w') return [[{ kind: 'label' }]]
  // Whether the class holds the dot: `[^.]` and `[a-z-]` stay within a label, `[^/]` and `[a-z.]` do not.
  if (atom.startsWith('[')) return [[{ kind: atom.startsWith('[^') === atom.includes('.') ? 'label' : 'any' }]]
  return [[{ kind: 'literal', text: atom.replace(/^\\/, '') }]]
}

function repeat (atom: string, quantifier: string): RegexPath[] {
  const isOptional = /^(?:[*?]|\{0)/.test(quantifier)
  const isClass = /^(?:\[|\.$|\\[dw])/.test(atom)
  if (!isClass && quantifier !== '?') throw new UnknownSyntax(`"${quantifier}" repeats "${atom}"`)
  if (atom === '.' && quantifier === '?') throw new UnknownSyntax('".?" is not understood')
  const filled = atom === '.' ? [[{ kind: 'any' } as const]] : once(atom)
  return isOptional ? [[], ...filled] : filled
}

function take (cursor: Cursor, pattern: RegExp): string | undefined {
  const taken = pattern.exec(cursor.rest)?.[0]
  if (taken !== undefined) cursor.rest = cursor.rest.slice(taken.length)
  return taken
}
