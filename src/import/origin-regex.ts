import type { RegexFilling } from './regex-class.js'
import { expandRegex, type RegexBranch, type RegexPath } from './regex-syntax.js'

/** Entries that say what an expression means, or why there are none and what was likely meant. */
export type ConvertedRegex =
  | { readonly entries: readonly string[], readonly differences: readonly string[] }
  | { readonly reason: string }

/** One way through an expression, read as an origin. A stand-in is where a filling is. */
interface Shape { readonly scheme: string, readonly host: string, readonly port: string }

/** A branch of an expression, read. */
interface ReadBranch extends RegexBranch {
  readonly texts: readonly string[]
  readonly shapes: readonly Shape[]
}

/** The fillings of an expression: the text of a path has a stand-in for each, by its place in this list. */
type Fillings = RegexFilling[]

const MAX_LENGTH = 2_000

/** Of private use, so no host that anybody sends holds them; more than an expression has characters. */
const STAND_INS = '\uE000-\uEFFF'
const STAND_IN = new RegExp(`[${STAND_INS}]`, 'g')
const FIRST_STAND_IN = 0xE000

/** Scheme, host, and a port of digits or of a class. A slash at the end fits no Origin and does no harm. */
const SHAPE = new RegExp(`^([a-z][a-z0-9+.-]*)://([^:/?#*]+?)(?::(\\d+|[${STAND_INS}]))?/?$`, 'i')

/**
 * Converts an expression over `$http_origin`, when what it means can be said by entries. `ignoresCase` is
 * that of `~*`.
 */
export function convertOriginRegex (expression: string, ignoresCase: boolean): ConvertedRegex {
  if (expression.search(STAND_IN) !== -1) return cannot('it holds characters of private use')
  if (expression.length > MAX_LENGTH) return cannot(`it is longer than ${MAX_LENGTH} characters`)
  const branches = expandRegex(expression, ignoresCase)
  if (typeof branches === 'string') return cannot(branches)
  const fillings: Fillings = []
  const read: ReadBranch[] = []
  for (const branch of branches) {
    const texts = branch.paths.map(path => textOf(path, fillings))
    const shapes = shapesOf(texts, fillings)
    if ('reason' in shapes) return shapes
    read.push({ ...branch, texts, shapes })
  }
  const entries = unique(read.flatMap(({ shapes }) => shapes.map(toEntry)))
  return { entries, differences: findDifferences(read, fillings, ignoresCase) }
}

function shapesOf (texts: readonly string[], fillings: Fillings): Shape[] | { readonly reason: string } {
  if (!texts.some(text => text.includes('://'))) {
    return cannot('it does not say the scheme', texts.map(text => `https://${text.replace(LEADING, '')}`))
  }
  const shapes: Shape[] = []
  // `.*` may be nothing: what is left has no host, or one that begins with a dot, or an empty port.
  for (const text of texts.filter(text => !/:\/\/(?:$|\.)|[^:/]:$/.test(text))) {
    const shape = shapeOf(text, fillings)
    if (typeof shape === 'string') return cannot(shape, [text])
    shapes.push(shape)
  }
  return shapes.length === 0 ? cannot('it is not scheme, host and port') : shapes
}

const LEADING = new RegExp(`^[${STAND_INS}.]+`)

function cannot (why: string, likely: readonly string[] = []): { readonly reason: string } {
  const meant = unique(likely.map(text => text.replace(STAND_IN, '*').replace(/\*+$/, '')))
  const hint = meant.length === 0 ? '' : `; likely meant: ${meant.join(', ')}`
  return { reason: `cannot be converted, because ${why}${hint}` }
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)]

function textOf (path: RegexPath, fillings: Fillings): string {
  return path.map(part => {
    if (part.kind === 'literal') return part.text
    if (part.kind === 'dot') return '.'
    if (!fillings.includes(part)) fillings.push(part)
    return String.fromCharCode(FIRST_STAND_IN + fillings.indexOf(part))
  }).join('')
}

/** Every stand-in of a text has its filling. */
const fillingAt = (fillings: Fillings, standIn: string): RegexFilling =>
  fillings[standIn.charCodeAt(0) - FIRST_STAND_IN] as RegexFilling

const SIDE_BY_SIDE = new RegExp(`[${STAND_INS}]{2}`)

function shapeOf (text: string, fillings: Fillings): Shape | string {
  const [, scheme, host, port = ''] = SHAPE.exec(text) ?? []
  const isPort = /^\d*$/.test(port) || fillingAt(fillings, port).place === 'digits'
  if (scheme === undefined || host === undefined || !isPort) return 'it is not scheme, host and port'
  if (host.slice(-1).search(STAND_IN) !== -1) return 'the end of the host is open, so anybody\'s host fits'
  if (SIDE_BY_SIDE.test(host)) return 'two wildcards stand side by side'
  return { scheme, host, port }
}

function toEntry ({ scheme, host, port }: Shape): string {
  const ports = port === '' ? '' : /^\d/.test(port) ? `:${port}` : ':[*]'
  return `${scheme}://${host.replace(STAND_IN, '*')}${ports}`
}

/** What the expression let in that the entries do not, and the other way round. */
function findDifferences (
  branches: readonly ReadBranch[], fillings: Fillings, ignoresCase: boolean
): string[] {
  const shapes = branches.flatMap(branch => branch.shapes)
  const texts = branches.flatMap(branch => branch.texts)
  const [open] = branches.filter(({ hasStart }) => !hasStart).flatMap(branch => branch.shapes.map(exampleOf))
  const [endless] = branches.filter(({ hasEnd }) => !hasEnd).flatMap(branch => branch.shapes.map(exampleOf))
  const dotted = branches.flatMap(({ paths }) => paths).find(path => path.some(({ kind }) => kind === 'dot'))
  const rows: ReadonlyArray<readonly [boolean, string]> = [
    [open !== undefined, `Without "^" the text may begin anywhere, so "https://evil.test/?${open}" fitted; here it does not`],
    [endless !== undefined, `Without "$" the text may go on, so "${endless}.evil.test" fitted; here it does not`],
    [dotted !== undefined,
      `A "." without a backslash is any character, so "${withoutDots(dotted ?? [])}" fitted; here it is a dot`],
    ...compareHosts(shapes, fillings),
    ...comparePorts(shapes, fillings),
    [texts.some(text => text.endsWith('/')), 'The expression ends with a slash, so it fitted no browser\'s Origin; here it does'],
    [!ignoresCase && texts.some(text => /[A-Z]/.test(text)),
      'Upper case in the expression fitted no browser\'s Origin; here case does not count']
  ]
  return rows.filter(([applies]) => applies).map(([, sentence]) => sentence)
}

const exampleOf = (shape: Shape): string => toEntry(shape).replace(/:\[\*\]$/, '').replaceAll('*', 'a')

const withoutDots = (path: RegexPath): string => path.map(part =>
  part.kind === 'literal' ? part.text : part.kind === 'dot' ? 'x' : part.place === 'digits' ? '1' : 'a').join('')

/** A filling of a host, and whether it is a whole label there. */
interface Place { readonly filling: RegexFilling, readonly isWhole: boolean }

function placesOf ({ host }: Shape, fillings: Fillings): Place[] {
  return [...host.matchAll(STAND_IN)].map(({ 0: standIn, index }) => {
    const isWhole = /^\.?$/.test(host.slice(0, index).slice(-1)) && host.charAt(index + 1) === '.'
    return { filling: fillingAt(fillings, standIn), isWhole }
  })
}

function compareHosts (shapes: readonly Shape[], fillings: Fillings): Array<readonly [boolean, string]> {
  const places = shapes.flatMap(shape => placesOf(shape, fillings))
  const some = (test: (filling: RegexFilling, isWhole: boolean) => boolean) =>
    places.some(({ filling, isWhole }) => test(filling, isWhole))
  const holdsDot = ({ place }: RegexFilling) => place === 'any' || place === 'labels'
  return [
    [some(filling => holdsDot(filling) && filling.holdsSlash),
      'A class that holds the dot, as ".*", is any characters, so "https://evil.test/.example.com" fitted, too; ' +
      'here "*." is whole labels of a host, and "*" inside a label is a part of that one label'],
    [some((filling, isWhole) => holdsDot(filling) && !filling.holdsSlash && (filling.place === 'any' || !isWhole)),
      'The expression goes over dots there; here "*." is whole labels of a host, and "*" inside a label is a part ' +
      'of that one label'],
    [some((filling, isWhole) => !holdsDot(filling) && isWhole),
      'The expression covers one label there; here "*." covers deeper sub-domains, too'],
    [some(({ leavesOut, isCounted }) => leavesOut === 'others' || isCounted),
      'The expression names the characters of that part, or how many there are; here "*" is any characters that a ' +
      'label may hold, one or more'],
    [some(({ leavesOut }) => leavesOut === 'underscore'), 'The expression takes no "_" there; here "*" does']
  ]
}

function comparePorts (shapes: readonly Shape[], fillings: Fillings): Array<readonly [boolean, string]> {
  const anyPort = shapes.filter(({ port }) => /^\D/.test(port))
  const needsPort = anyPort.some(({ scheme, host }) =>
    !shapes.some(other => other.scheme === scheme && other.host === host && other.port === ''))
  const isCounted = anyPort.some(({ port }) => fillingAt(fillings, port).isCounted)
  return [
    [needsPort, 'The expression wants a port; here ":[*]" is any port or none'],
    [isCounted, 'The expression says how many digits the port has; here ":[*]" is any port']
  ]
}
