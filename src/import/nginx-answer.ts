import type { NginxToken } from './nginx-tokens.js'

const EVERYBODY = 'it names every origin that asks, so it lets everybody in unless other lines stop them first: ' +
  'write the origins of your pages'

const OPEN = 'it lets every site in, without cookies: write the origins of your pages'

/** What a directive says about who may read the answer: a literal origin, or why there is none. */
export type OriginAnswer =
  | { readonly written: string, readonly text: string, readonly reason?: undefined }
  | { readonly written: string, readonly text?: undefined, readonly reason: string }

/** Whether a text of the configuration holds the variable `$http_origin`. */
export function holdsOrigin (text: string): boolean {
  return /\$(?:http_origin\b|\{http_origin\})/.test(text)
}

/** The variables whose value comes from a `map $http_origin`, or from a `set`: both are read elsewhere. */
export function findKnownVariables (tokens: readonly NginxToken[]): ReadonlySet<string> {
  return new Set(tokens.flatMap(({ text }, index) => {
    const [first, second] = tokens.slice(index + 1, index + 3)
    if (text === 'set') return [first?.text ?? '']
    return text === 'map' && holdsOrigin(first?.text ?? '') ? [second?.text ?? ''] : []
  }))
}

/**
 * Reads `add_header Access-Control-Allow-Origin …` and `set $name $http_origin`; undefined for all else and
 * for what is known. `isGuarded`: it stands in an `if` over the origin, which is read itself.
 */
export function readAnswer (
  [directive, name, value]: readonly NginxToken[], known: ReadonlySet<string>, isGuarded: boolean
): OriginAnswer | undefined {
  if (directive === undefined || name === undefined || value === undefined) return undefined
  const written = [directive, name, value].map(({ text }) => text).join(' ')
  const isHeader = directive.text === 'add_header' && name.text.toLowerCase() === 'access-control-allow-origin'
  if (!isHeader && directive.text !== 'set') return undefined
  if (holdsOrigin(value.text)) return isGuarded ? undefined : { written, reason: EVERYBODY }
  if (!isHeader || known.has(value.text) || value.text === '') return undefined
  if (value.text === '*') return { written, reason: OPEN }
  if (value.text.includes('$')) return { written, reason: 'cannot be read: only the running nginx knows what it is' }
  return { written, text: value.text }
}
