import type { CorsScope } from './cors-scope.js'
import { findClosing, splitAtCommas } from './java-literals.js'
import type { JavaToken } from './java-tokens.js'

/** Each has credentials of its own, as `new CorsConfiguration()`; SockJS endpoints always go with cookies. */
const CONFIGURATIONS = new Set<string | undefined>(['addMapping', 'CrossOrigin'])
const PATH_CALLS = new Set<string | undefined>(['addMapping', 'registerCorsConfiguration'])
const CREDENTIALS = /^(?:setA|a)llowCredentials$/
const METHODS = /^(?:(?:setA|a)llowedMethods|addAllowedMethod)$/

/** The scope of the lists in a Java or Kotlin file, all of it together. */
export function readJavaScope (tokens: readonly JavaToken[]): CorsScope {
  const patterns: string[] = []
  const methods: string[] = []
  const profiles: string[] = []
  let configurations = 0
  let withCookies = 0
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1]?.text
    const name = token.kind === 'name' ? String(token.text) : ''
    const isMade = name === 'CorsConfiguration' && tokens[index + 1]?.text === '('
    const isUsed = (before === '.' || before === '@') && tokens[index + 1]?.text !== ';'
    if (isMade || (CONFIGURATIONS.has(name) && isUsed)) configurations++
    if (PATH_CALLS.has(name)) patterns.push(...textsOf(splitAtCommas(argumentsAt(tokens, index))[0], 'no literal'))
    else if (METHODS.test(name)) methods.push(...textsOf(argumentsAt(tokens, index), 'some'))
    else if (name === 'Profile' && before === '@') profiles.push(...textsOf(argumentsAt(tokens, index), '@Profile'))
    else if (CREDENTIALS.test(name) && argumentsAt(tokens, index).some(({ text }) => text === 'true')) withCookies++
  }
  const hasCredentials = configurations === 0 ? undefined : withCookies >= configurations
  return { patterns, methods, profiles, hasCredentials, isLater: false }
}

/** Longer lists are not looked at to their end, so that hostile text costs no more than its length. */
const MAX_TOKENS = 32

/** What stands in the brackets behind a name, or behind its `=` on that line. */
function argumentsAt (tokens: readonly JavaToken[], index: number): readonly JavaToken[] {
  const [next, ...near] = tokens.slice(index + 1, index + MAX_TOKENS)
  if (next?.text === '(') return near.slice(0, findClosing([next, ...near], 0) - 1)
  return next?.text === '=' ? near.filter(({ line }) => line === next.line) : []
}

/** The literals of a list, or names such as `GET`; `otherwise` when it has none. */
function textsOf (tokens: readonly JavaToken[] = [], otherwise: string): string[] {
  if (tokens.length === 0) return []
  const texts = tokens.flatMap(({ kind, text = '' }) =>
    kind === 'string' || (kind === 'name' && /^[A-Z]{3,7}$/.test(text)) ? [text || otherwise] : [])
  return texts.length === 0 ? [otherwise] : texts
}
