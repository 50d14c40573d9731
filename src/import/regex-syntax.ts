import { readFilling, type RegexCount, type RegexFilling } from './regex-class.js'

/** A part of an expression: a literal text, or what fills one place. */
export type RegexPart =
  | { readonly kind: 'literal', readonly text: string }
  /** `.`: one character, most often a dot somebody forgot to escape. */
  | { readonly kind: 'dot' }
  | RegexFilling

/** One way through an expression, all its alternatives decided. */
export type RegexPath = readonly RegexPart[]

/** One alternative of the whole expression: `^` and `$` bind to it alone. */
export interface RegexBranch {
  readonly paths: readonly RegexPath[]
  readonly hasStart: boolean
  readonly hasEnd: boolean
}

/** Why an expression is not understood. Never leaves expandRegex. */
class UnknownSyntax extends Error {}

/** Alternatives multiply: `(a|b)(a|b)…`. */
const MAX_PATHS = 64
const MAX_DEPTH = 16

/** The text still to be read. */
interface Cursor { rest: string, readonly ignoresCase: boolean }

/**
 * All ways through an expression; a message when it holds what origins need not. Groups, alternatives, `?`,
 * and repeated classes are understood. Nothing is run: the text is attacker's.
 */
export function expandRegex (expression: string, ignoresCase: boolean): readonly RegexBranch[] | string {
  const cursor = { rest: expression, ignoresCase }
  try {
    const branches = [readBranch(cursor)]
    while (take(cursor, /^\|/) !== undefined) {
      branches.push(readBranch(cursor))
      bound(branches.flatMap(({ paths }) => paths))
    }
    return cursor.rest === '' ? branches : 'its brackets do not match'
  } catch (error) {
    /* c8 ignore next -- the readers throw nothing else; a bug in them must not pass for a bad expression */
    if (!(error instanceof UnknownSyntax)) throw error
    return error.message
  }
}

function readBranch (cursor: Cursor): RegexBranch {
  const hasStart = take(cursor, /^\^/) !== undefined
  const paths = readSequence(cursor, 0)
  return { paths, hasStart, hasEnd: take(cursor, /^\$/) !== undefined }
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
  while (cursor.rest !== '' && !/^(?:[|)]|\$(?:\||$))/.test(cursor.rest)) {
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
    if (!/^[*+]/.test(repeated)) throw new UnknownSyntax(`"${repeated}" repeats a group`)
    const labels: RegexPath = [repeatLabels(paths, repeated), { kind: 'literal', text: '.' }]
    return repeated.startsWith('*') ? [[], labels] : [labels]
  }
  const atom = readAtom(cursor)
  return repeat(cursor, atom, take(cursor, QUANTIFIER) ?? '')
}

/** Without the possessive `+`, which gives nothing back: `.*+\.example\.com` fits no text. */
const QUANTIFIER = /^(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})\??/

/** An atom as written: an escaped character, a class, a dot, or a plain character. */
function readAtom (cursor: Cursor): string {
  const atom = take(cursor, /^(?:\\[dwDWsSbB]|\\[^A-Za-z0-9]|\[(?:\\.|[^\]\\])*\]|[^\\[\]*+?{}()|^$])/)
  if (atom === undefined || /^\\[DWsSbB]/.test(atom)) {
    throw new UnknownSyntax(`"${(atom ?? cursor.rest).slice(0, 20)}" is not understood`)
  }
  return atom
}

/** The labels of a repeated group, each way through which is one label and a dot. */
function repeatLabels (paths: readonly RegexPath[], quantifier: string): RegexFilling {
  const labels = paths.flatMap(([filling, dot, ...rest]) => {
    const isLabel = filling?.kind === 'filling' && (filling.place === 'label' || filling.place === 'digits')
    return isLabel && dot?.kind === 'literal' && dot.text === '.' && rest.length === 0 ? [filling] : []
  })
  const widest = labels.find(({ leavesOut, isCounted }) => leavesOut === 'none' && !isCounted) ?? labels[0]
  if (widest === undefined || labels.length < paths.length) throw new UnknownSyntax(`"${quantifier}" repeats a group`)
  return { ...widest, place: 'labels', holdsSlash: labels.some(({ holdsSlash }) => holdsSlash) }
}

const isClass = (atom: string): boolean => /^(?:\[|\\[dw]|\.$)/.test(atom)

function repeat (cursor: Cursor, atom: string, quantifier: string): RegexPath[] {
  const part = readPart(cursor, atom, quantifier)
  return /^(?:[*?]|\{0)/.test(quantifier) ? [[], [part]] : [[part]]
}

function readPart ({ ignoresCase }: Cursor, atom: string, quantifier: string): RegexPart {
  const isOnce = /^\??\??$/.test(quantifier)
  if (/^\[\\?\.\]$/.test(atom) && isOnce) return { kind: 'literal', text: '.' }
  if (!isClass(atom)) {
    if (!isOnce) throw new UnknownSyntax(`"${quantifier}" repeats "${atom}"`)
    return { kind: 'literal', text: atom.replace(/^\\/, '') }
  }
  if (atom === '.' && quantifier === '') return { kind: 'dot' }
  if (atom === '.' && quantifier.startsWith('?')) throw new UnknownSyntax('".?" is not understood')
  const filling = readFilling(atom, readCount(quantifier), ignoresCase)
  if (filling === undefined) throw new UnknownSyntax(`"${atom.slice(0, 20)}" is not understood`)
  return filling
}

function readCount (quantifier: string): RegexCount {
  const [, least, comma, most] = /^\{(\d+)(,?)(\d*)\}/.exec(quantifier) ?? []
  if (least !== undefined) return { least: Number(least), most: comma === '' ? Number(least) : Number(most || Infinity) }
  return { least: 0, most: /^[*+]/.test(quantifier) ? Infinity : 1 }
}

function take (cursor: Cursor, pattern: RegExp): string | undefined {
  const taken = pattern.exec(cursor.rest)?.[0]
  if (taken !== undefined) cursor.rest = cursor.rest.slice(taken.length)
  return taken
}
