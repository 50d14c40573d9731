import { scopeDifferences } from './cors-scope.js'
import { findClosing, readLiterals, splitAtCommas } from './java-literals.js'
import { readJavaScope } from './java-scope.js'
import { readJavaTokens, type JavaToken } from './java-tokens.js'
import { createCollector, type Collector, type ImportResult } from './result.js'
import type { SpringListKind } from './spring-differences.js'
import { addSpringText } from './spring-finding.js'

/** `CorsConfiguration`, `CorsRegistration`, `StompWebSocketEndpointRegistration` and their like. */
const CALLS: ReadonlyMap<string | undefined, SpringListKind> = new Map([
  ['setAllowedOriginPatterns', 'patterns'], ['allowedOriginPatterns', 'patterns'], ['addAllowedOriginPattern', 'patterns'],
  ['setAllowedOrigins', 'origins'], ['allowedOrigins', 'origins'], ['addAllowedOrigin', 'origins']
])

/** Kotlin sets them as properties. */
const PROPERTIES: ReadonlyMap<string | undefined, SpringListKind> =
  new Map([['allowedOriginPatterns', 'patterns'], ['allowedOrigins', 'origins']])

/** The attributes of `@CrossOrigin`; `value` is what stands there without a name. */
const ATTRIBUTES: ReadonlyMap<string | undefined, SpringListKind> =
  new Map([['value', 'origins'], ['origins', 'origins'], ['originPatterns', 'patterns']])

/** Words that may stand before a call, unlike the type or `fun` before a declaration. */
const BEFORE_CALL = new Set<string | undefined>(['return', 'else', 'do', 'yield', 'throw'])

/** Reads Java or Kotlin source: every call, property and annotation that gives Spring a list of origins. */
export function importSpringSource (source: string): ImportResult {
  const tokens = readJavaTokens(source)
  const collector = { ...createCollector(), scope: scopeDifferences(readJavaScope(tokens)) }
  for (let index = 0; index < tokens.length;) index = readAt(collector, tokens, index, source)
  return collector.result()
}

/** Where the reader puts what it finds, and what differs for all of the file. */
type SourceCollector = Collector & { readonly scope: readonly string[] }

/** Reads what begins at a token. Returns where to go on: behind a list, as nothing is read twice. */
function readAt (
  collector: SourceCollector, tokens: readonly JavaToken[], index: number, source: string
): number {
  const [token, next] = [tokens[index], tokens[index + 1]?.text]
  const name = token?.kind === 'name' ? token.text : undefined
  if (token !== undefined && name === 'CrossOrigin' && isAnnotation(tokens, index)) {
    return readCrossOrigin(collector, tokens, { index, name: token, source })
  }
  const called = CALLS.get(name)
  if (called !== undefined && next === '(' && !isDeclared(tokens, index)) {
    const end = findClosing(tokens, index + 1)
    addLiterals(collector, called, tokens.slice(index + 2, end), source)
    return end
  }
  const isReference = tokens[index - 1]?.text === ':' && tokens[index - 2]?.text === ':'
  if (token !== undefined && called !== undefined && isReference) {
    const written = source.slice(tokens[index - 3]?.start ?? 0, token.end)
    const reason = 'cannot be read: only the running program knows what it is given; write the origins that it holds'
    collector.cannotRead({ line: token.line, written, reason })
  }
  const added = findAdded(tokens, index)
  if (added !== undefined) {
    addLiterals(collector, added.kind, added.value, source)
    return added.end
  }
  const property = PROPERTIES.get(name)
  if (property === undefined || next !== '=' || tokens[index + 2]?.text === '=' || isDeclared(tokens, index)) return index + 1
  const value = statementFrom(tokens, index + 2)
  addLiterals(collector, property, value, source)
  return index + 2 + value.length
}

interface Added { readonly kind: SpringListKind, readonly value: readonly JavaToken[], readonly end: number }

/** `allowedOrigins += …`, `allowedOrigins?.add(…)` and `getAllowedOrigins().addAll(…)`. */
function findAdded (tokens: readonly JavaToken[], index: number): Added | undefined {
  const kind = PROPERTIES.get(tokens[index]?.text?.replace(/^getA/, 'a'))
  if (kind === undefined) return undefined
  const after = tokens.slice(index + 1, index + 9).map(({ text }) => text).join(' ')
  if (after.startsWith('+ =')) {
    const value = statementFrom(tokens, index + 3)
    return { kind, value, end: index + 3 + value.length }
  }
  const call = /^(?:\( \) )?(?:\? |! ! )?\. (?:add|addAll) \(/.exec(after)?.[0]
  if (call === undefined) return undefined
  const open = index + call.split(' ').length
  const end = findClosing(tokens, open)
  return { kind, value: tokens.slice(open + 1, end), end }
}

function addLiterals (
  collector: SourceCollector, kind: SpringListKind, tokens: readonly JavaToken[], source: string
): void {
  const { texts, unread } = readLiterals(tokens, source)
  for (const each of texts) addSpringText(collector, { kind, ...each, scope: collector.scope })
  for (const each of unread) collector.cannotRead(each)
}

/** `void setAllowedOrigins(…)`, `fun allowedOrigins(…)`, `List<String> allowedOrigins = …`. */
function isDeclared (tokens: readonly JavaToken[], index: number): boolean {
  const [before, token] = [tokens[index - 1], tokens[index]]
  if (before === undefined || before.line !== token?.line) return false
  return before.kind === 'name' ? !BEFORE_CALL.has(before.text) : before.text === '>' || before.text === ']'
}

function isAnnotation (tokens: readonly JavaToken[], index: number): boolean {
  let at = index - 1
  while (tokens[at]?.text === '.' && tokens[at - 1]?.kind === 'name') at -= 2
  return tokens[at]?.text === '@'
}

/** The rest of an assignment: to its semicolon, or to the line on which every bracket is closed. */
function statementFrom (tokens: readonly JavaToken[], from: number): readonly JavaToken[] {
  let at = from
  for (let isOpen = true; isOpen;) {
    const token = tokens[at]
    const closing = isMark(token, '([{') ? findClosing(tokens, at) : at
    const [last, next] = [tokens[closing], tokens[closing + 1]]
    at = closing + 1
    isOpen = last !== undefined && next !== undefined && !isMark(next, ';})],') &&
      (next.line === last.line || isMark(last, '+.=') || isMark(next, '+.'))
  }
  return tokens.slice(from, at)
}

const isMark = (token: JavaToken | undefined, marks: string): boolean =>
  token?.kind === 'mark' && marks.includes(String(token.text))

/** Without any origins it lets every site in: `applyPermitDefaultValues` of spring-web. */
function readCrossOrigin (
  collector: SourceCollector, tokens: readonly JavaToken[],
  { index, name, source }: { index: number, name: JavaToken, source: string }
): number {
  const hasArguments = tokens[index + 1]?.text === '('
  const end = hasArguments ? findClosing(tokens, index + 1) : index + 1
  const lists = (hasArguments ? splitAtCommas(tokens.slice(index + 2, end)) : []).flatMap(part => {
    const isNamed = part[0]?.kind === 'name' && part[1]?.text === '='
    const kind = isNamed ? ATTRIBUTES.get(part[0]?.text) : 'origins'
    return kind === undefined ? [] : [{ kind, value: isNamed ? part.slice(2) : part }]
  })
  for (const { kind, value } of lists) addLiterals(collector, kind, value, source)
  if (lists.length > 0) return end
  const last = tokens[Math.min(hasArguments ? end : index, tokens.length - 1)]
  const written = `@${source.slice(name.start, last?.end)}`
  const reason = '@CrossOrigin without origins lets every site in, without cookies. ' +
    'Write the origins of your pages; "*" lets every site in with its visitors\' cookies'
  collector.cannotRead({ line: name.line, written, reason })
  return end
}
