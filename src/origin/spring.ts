/**
 * What Spring makes of the same list: `CorsConfiguration` of spring-web 6.2 (`addAllowedOriginPattern`,
 * `OriginPattern.initPattern`, `checkOrigin`), which its SockJS and STOMP endpoints ask, too. It compares
 * texts: nothing is parsed, lower-cased, punycoded, and no default port is dropped.
 */

/** What Java's `.` does not match, so that no `*` of a pattern holds it. */
const LINE_TERMINATOR = /[\n\r\u0085\u2028\u2029]/

/** A port list at the end of a pattern: `PORTS_PATTERN`. */
const PORTS = /^(.*):\[(\*|\d+(?:,\d+)*)\]$/

/**
 * The first pattern of `setAllowedOriginPatterns` that lets `origin` in; undefined when none does. `*` holds
 * any characters or none, case counts, and one slash at the end of the pattern or the origin is dropped.
 * (A pattern with `\E` in it would break Spring's quoting. Here it is plain text.)
 */
export function matchSpringPatterns (origin: string, patterns: readonly string[]): string | undefined {
  if (isBlank(origin)) return undefined
  const text = trimTrailingSlash(origin)
  return patterns.find(pattern => matchPattern(trimTrailingSlash(pattern), text))
}

/**
 * The first entry of `setAllowedOrigins` that lets `origin` in. Exact texts, whatever their case: a `*`
 * inside an entry is a character like any other. A lone `*` lets all in, and makes Spring throw on every
 * request when credentials are allowed.
 */
export function matchSpringOrigins (origin: string, origins: readonly string[]): string | undefined {
  if (isBlank(origin)) return undefined
  const text = trimTrailingSlash(origin).toLowerCase()
  return origins.find(each => each === '*') ??
    origins.find(each => trimTrailingSlash(each).toLowerCase() === text)
}

/**
 * Whether `text` has the shape of `pattern`, where `*` stands for any characters or none. Pieces between two
 * `*` are looked for from the left, each once: no backtracking, whatever the pattern.
 */
export function matchLoosely (pattern: string, text: string): boolean {
  const pieces = pattern.split('*')
  const [first = '', last = ''] = [pieces[0], pieces.at(-1)]
  if (pieces.length === 1) return pattern === text
  const end = text.length - last.length
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false
  let from = first.length
  for (const piece of pieces.slice(1, -1)) {
    const at = text.indexOf(piece, from)
    if (at === -1 || at + piece.length > end) return false
    from = at + piece.length
  }
  return true
}

function matchPattern (pattern: string, text: string): boolean {
  if (pattern === '*') return true
  if (LINE_TERMINATOR.test(text)) return pattern === text
  const [, head, ports] = PORTS.exec(pattern) ?? []
  if (head === undefined || ports === undefined) return matchLoosely(pattern, text)
  if (ports === '*') return matchLoosely(head, text) || matchLoosely(head, text.replace(/:\d+$/, ''))
  return ports.split(',').some(port =>
    text.endsWith(`:${port}`) && matchLoosely(head, text.slice(0, -port.length - 1)))
}

const isBlank = (text: string): boolean => text.trim() === ''

const trimTrailingSlash = (text: string): string => text.endsWith('/') ? text.slice(0, -1) : text
