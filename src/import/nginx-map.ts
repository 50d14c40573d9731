import { lintEntry } from '../origin/entry.js'
import { formatEntry } from '../origin/entry-pattern.js'
import { convertOriginRegex } from './origin-regex.js'
import { findKnownVariables, holdsOrigin, readAnswer, type OriginAnswer } from './nginx-answer.js'
import { readNginxTokens, type NginxToken } from './nginx-tokens.js'
import { createCollector, type Collector, type ImportResult } from './result.js'

/** What a `map` gives to say no. */
const NO = new Set(['', '0', 'off', 'false', 'no', 'deny', 'null'])

/** Parameters of a `map` that are no rows: `volatile;`, `hostnames;`. */
const FLAGS = new Set(['volatile', 'hostnames'])

/**
 * Reads every `map $http_origin $name { … }`, every `if ($http_origin …)` and every
 * `add_header Access-Control-Allow-Origin` of an nginx configuration. Rows whose value is empty, `0` or the
 * like refuse, all others allow.
 */
export function importNginx (source: string): ImportResult {
  const tokens = readNginxTokens(source)
  const collector = createCollector()
  const known = findKnownVariables(tokens)
  const blocks: boolean[] = [] // whether each open block is that of an `if` over the origin
  let isGuard = false
  for (let index = 0; index < tokens.length; index++) {
    const [directive, next, name, bracket] = tokens.slice(index, index + 4)
    if (directive?.isQuoted !== false || next === undefined) continue
    const { text, line } = directive
    if (text === '{') {
      blocks.push(isGuard || blocks.at(-1) === true)
      isGuard = false
    } else if (text === '}') blocks.pop()
    else if (text === 'map' && isOrigin(next.text) && bracket?.text === '{') {
      index = readMap(collector, tokens, index + 4)
    } else if (text === 'if' && /^\(\$http_origin\b/.test(next.text)) {
      readIf(collector, tokens, index + 1, next.line)
      isGuard = true
    } else if ((text === 'map' || text === 'if') && holdsOrigin(next.text)) {
      const reason = 'cannot be read: it looks at more than $http_origin'
      collector.cannotRead({ line, written: [text, next.text, name?.text].join(' '), reason })
    } else {
      const answer = readAnswer(tokens.slice(index, index + 3), known, blocks.at(-1) === true)
      addAnswer(collector, line, answer)
    }
  }
  return collector.result()
}

function addAnswer (collector: Collector, line: number, answer: OriginAnswer | undefined): void {
  if (answer === undefined) return
  const { written, text, reason } = answer
  if (text !== undefined) addExact(collector, { line, written }, text)
  else collector.cannotRead({ line, written, reason })
}

const isOrigin = (text: string): boolean => text === '$http_origin' || text === '${' + 'http_origin}'

/** Returns the index of the closing bracket. */
function readMap (collector: Collector, tokens: readonly NginxToken[], from: number): number {
  let row: NginxToken[] = []
  let hasHostnames = false
  let at = from
  for (; at < tokens.length; at++) {
    const token = tokens[at] as NginxToken
    const isMark = !token.isQuoted && (token.text === ';' || token.text === '}')
    if (!isMark) row.push(token)
    else if (token.text === '}') break
    else {
      hasHostnames ||= row.length === 1 && row[0]?.text === 'hostnames'
      readRow(collector, row, hasHostnames)
      row = []
    }
  }
  return at
}

function readRow (collector: Collector, row: readonly NginxToken[], hasHostnames: boolean): void {
  const [key, value, ...more] = row
  if (key === undefined || (value === undefined && FLAGS.has(key.text))) return
  const place = { line: key.line, written: row.map(({ text }) => text).join(' ') }
  if (value === undefined || more.length > 0 || key.text === 'include') {
    collector.cannotRead({ ...place, reason: 'cannot be read: it is no row of a pattern and a value' })
    return
  }
  const isRefusal = NO.has(value.text.toLowerCase())
  if (key.text === 'default' && !key.isQuoted) {
    const reason = 'the default lets in every origin that no other row names; leave it out, or write the entry "*"'
    if (!isRefusal) collector.cannotRead({ ...place, reason })
  } else if (isRefusal) {
    if (key.text === '') return
    const reason = 'it takes origins away that other rows let in; an allow-list has no such thing: see that no entry covers them'
    collector.cannotRead({ ...place, reason })
  } else if (hasHostnames && /^(?:\*?\.|.*\.\*$)/.test(key.text)) {
    const host = key.text.replace(/^\*?\./, '').replace(/\.\*$/, '')
    const reason = 'cannot be converted, because "hostnames" patterns are not made for text with a scheme; ' +
      `likely meant: https://${host}, https://*.${host}`
    collector.cannotRead({ ...place, reason })
  } else addPattern(collector, place, key.text)
}

/** `~` and `~*` begin an expression, a backslash keeps a word such as `default` from its meaning. */
function addPattern (collector: Collector, place: { line: number, written: string }, key: string): void {
  if (!key.startsWith('~')) {
    addExact(collector, place, key.replace(/^\\/, ''))
    return
  }
  addRegex(collector, place, key.replace(/^~\*?/, ''), { ignoresCase: key.startsWith('~*'), more: [] })
}

/** Browsers send one spelling of each origin; a text in another fitted none of them. */
const RESPELLED = 'Browsers write this origin otherwise (lower case, punycode, no default port), so nobody got in; ' +
  'here it is let in'

/** Whether an entry for this text lets in an origin that is written otherwise. */
function isRespelled (text: string): boolean {
  const { pattern } = lintEntry(text)
  return pattern !== undefined && formatEntry(pattern) !== text
}

/** nginx looks the texts of a `map` up without regard to case. */
function addExact (collector: Collector, place: { line: number, written: string }, text: string): void {
  const differences = text.endsWith('/')
    ? ['A slash at the end fitted no browser\'s Origin, so nobody got in; here it does without the slash']
    : isRespelled(text.toLowerCase()) ? [RESPELLED] : []
  collector.add({ ...place, texts: [text], differences: () => differences })
}

function addRegex (
  collector: Collector, place: { line: number, written: string }, expression: string,
  { ignoresCase, more }: { ignoresCase: boolean, more: readonly string[] }
): void {
  const converted = convertOriginRegex(expression, ignoresCase)
  if ('reason' in converted) collector.cannotRead({ ...place, reason: converted.reason })
  else {
    const differences = (text: string) =>
      [...converted.differences, ...isRespelled(text.toLowerCase()) ? [RESPELLED] : [], ...more]
    collector.add({ ...place, texts: converted.entries, differences })
  }
}

const BLOCK = 'What the block of the "if" does was not read: it is taken to let in what fits, and refuse the rest'

/** Whether a block begins with `return 403`, `deny all`, or `set $cors ""`. */
function isRefusing ([directive, first, second]: readonly NginxToken[]): boolean {
  if (directive?.text === 'deny') return true
  if (directive?.text === 'set') return second !== undefined && NO.has(second.text.toLowerCase())
  return directive?.text === 'return' && /^[45]\d\d$/.test(first?.text ?? '')
}

/** `if ($http_origin ~* "…") {`: words up to the bracket, the last of which closes the round one. */
function readIf (collector: Collector, tokens: readonly NginxToken[], from: number, line: number): void {
  const near = tokens.slice(from, from + 8)
  const end = near.findIndex(({ text, isQuoted }) => !isQuoted && text === '{')
  const words = near.slice(0, end === -1 ? 4 : end)
  const place = { line, written: `if ${words.map(({ text }) => text).join(' ')}` }
  const [, operator, operand, close] = words.map(({ text }) => text)
  const text = words[2]?.isQuoted === true && close === ')' ? operand : operand?.replace(/\)$/, '')
  const isNegated = operator?.startsWith('!') === true
  if (text === undefined || words.length > 4) {
    collector.cannotRead({ ...place, reason: 'cannot be read: it is no comparison of $http_origin with one text' })
  } else if (!isNegated && isRefusing(tokens.slice(from + end + 1, from + end + 4))) {
    const reason = 'its block refuses what fits; an allow-list has no such thing: see that no entry covers it'
    collector.cannotRead({ ...place, reason })
  } else if (operator === '~' || operator === '~*' || operator === '!~' || operator === '!~*') {
    addRegex(collector, place, text, { ignoresCase: operator.endsWith('*'), more: [BLOCK] })
  } else if ((operator === '=' || operator === '!=') && text !== '') {
    const respelled = isRespelled(text) ? [RESPELLED] : []
    collector.add({ ...place, texts: [text], differences: () => [...respelled, BLOCK] })
  }
}
