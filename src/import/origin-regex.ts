import { expandRegex, type RegexPath } from './regex-syntax.js'

/** Entries that say what an expression means, or why there are none and what was likely meant. */
export type ConvertedRegex =
  | { readonly entries: readonly string[], readonly differences: readonly string[] }
  | { readonly reason: string }

/** One way through an expression, read as an origin. A `*` stands for each wildcard of the host. */
interface Shape { readonly scheme: string, readonly host: string, readonly port: string }

const MAX_LENGTH = 2_000

/** Stand-ins in the text of a path: of private use, so no host that anybody sends holds them. */
const FILLINGS = { dot: '.', any: '\uE000', label: '\uE001', digits: '\uE002' } as const

/** Scheme, host, and a port of digits or of a class. A slash at the end fits no Origin and does no harm. */
const SHAPE = /^([a-z][a-z0-9+.-]*):\/\/([^:/?#]+?)(?::(\d+|\uE002))?\/?$/i

/** Converts an expression over `$http_origin`, when what it means can be said by entries. */
export function convertOriginRegex (expression: string): ConvertedRegex {
  if (/[\uE000-\uE002]/.test(expression)) return cannot('it holds characters of private use')
  if (expression.length > MAX_LENGTH) return cannot(`it is longer than ${MAX_LENGTH} characters`)
  const hasStart = expression.startsWith('^')
  const hasEnd = /(?:^|[^\\])(?:\\\\)*\$$/.test(expression)
  const paths = expandRegex(expression.slice(hasStart ? 1 : 0, hasEnd ? -1 : undefined))
  if (typeof paths === 'string') return cannot(paths)
  const texts = paths.map(textOf)
  if (!texts.some(text => text.includes('://'))) {
    return cannot('it does not say the scheme', texts.map(text => `https://${text.replace(/^[\uE000\uE001.]+/, '')}`))
  }
  const shapes: Shape[] = []
  // `.*` may be nothing: what is left has no host, or one that begins with a dot.
  for (const text of texts.filter(text => !/:\/\/(?:$|\.)/.test(text))) {
    const shape = shapeOf(text)
    if (typeof shape === 'string') return cannot(shape, [text])
    shapes.push(shape)
  }
  if (shapes.length === 0) return cannot('it is not scheme, host and port')
  const entries = [...new Set(shapes.map(toEntry))]
  return { entries, differences: findDifferences({ paths, texts, shapes, entries, hasStart, hasEnd }) }
}

function cannot (why: string, likely: readonly string[] = []): ConvertedRegex {
  const meant = [...new Set(likely.map(text => text.replace(/[\uE000-\uE002]/g, '*').replace(/\*+$/, '')))]
  const hint = meant.length === 0 ? '' : `; likely meant: ${meant.join(', ')}`
  return { reason: `cannot be converted, because ${why}${hint}` }
}

const textOf = (path: RegexPath): string =>
  path.map(part => part.kind === 'literal' ? part.text : FILLINGS[part.kind]).join('')

function shapeOf (text: string): Shape | string {
  const [, scheme, host, port = ''] = SHAPE.exec(text) ?? []
  if (scheme === undefined || host === undefined) return 'it is not scheme, host and port'
  if (/[\uE000-\uE002]$/.test(host)) return 'the end of the host is open, so anybody\'s host fits'
  if (/[\uE000-\uE002]{2}/.test(host)) return 'two wildcards stand side by side'
  return { scheme, host, port }
}

function toEntry ({ scheme, host, port }: Shape): string {
  const ports = port === '' ? '' : port === FILLINGS.digits ? ':[*]' : `:${port}`
  return `${scheme}://${host.replace(/[\uE000-\uE002]/g, '*')}${ports}`
}

interface Facts {
  readonly paths: readonly RegexPath[]
  readonly texts: readonly string[]
  readonly shapes: readonly Shape[]
  readonly entries: readonly string[]
  readonly hasStart: boolean
  readonly hasEnd: boolean
}

/** What the expression let in that the entries do not, and the other way round. */
function findDifferences ({ paths, texts, shapes, entries, hasStart, hasEnd }: Facts): string[] {
  const has = (pattern: RegExp) => shapes.some(({ host }) => pattern.test(host))
  const needsPort = shapes.some(({ scheme, host, port }) => port === FILLINGS.digits &&
    !shapes.some(other => other.scheme === scheme && other.host === host && other.port === ''))
  const [example = ''] = entries.map(entry => entry.replace(/:\[\*\]$/, '').replaceAll('*', 'a'))
  const rows: ReadonlyArray<readonly [boolean, string]> = [
    [!hasStart, `Without "^" the text may begin anywhere, so "https://evil.test/?${example}" fitted; here it does not`],
    [!hasEnd, `Without "$" the text may go on, so "${example}.evil.test" fitted; here it does not`],
    [paths.some(path => path.some(({ kind }) => kind === 'dot')), 'A "." without a backslash is any character, so ' +
      `"${example.replace(/\.([^.]*)$/, 'x$1')}" fitted; here it is a dot`],
    [has(/\uE000/), 'A class that holds the dot, as ".*", is any characters, so "https://evil.test/.example.com" fitted, too; ' +
      'here "*." is whole labels of a host, and "*" inside a label is a part of that one label'],
    [has(/(?:^|\.)[\uE001\uE002]\./), 'The expression covers one label there; here "*." covers deeper sub-domains, too'],
    [has(/[^.\uE000-\uE002][\uE001\uE002]|[\uE001\uE002][^.]/), 'The expression names the characters of that part; ' +
      'here "*" is any characters of the label, one or more'],
    [needsPort, 'The expression wants a port; here ":[*]" is any port or none'],
    [texts.some(text => text.endsWith('/')), 'The expression ends with a slash, so it fitted no browser\'s Origin; here it does'],
    [texts.some(text => /[A-Z]/.test(text)), 'Upper case in the expression fitted no browser\'s Origin unless case was ignored (~*); ' +
      'here case does not count']
  ]
  return rows.filter(([applies]) => applies).map(([, sentence]) => sentence)
}
