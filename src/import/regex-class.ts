/** What fills one place of an expression, and how it compares with the `*` of an entry. */
export interface RegexFilling {
  readonly kind: 'filling'
  /** `digits`; characters within one `label`; of several `labels`; or `any`, as `.` and `[^/]` are. */
  readonly place: 'digits' | 'label' | 'labels' | 'any'
  /** Host characters that `*` covers and this does not: none, `_` alone, or others. */
  readonly leavesOut: 'none' | 'underscore' | 'others'
  /** Whether it wants more characters than one, or ends before a label (a host, a port) does. */
  readonly isCounted: boolean
  /** Whether it goes over the end of the host. */
  readonly holdsSlash: boolean
}

/** How often an atom stands there; `most` is Infinity when nothing bounds it. */
export interface RegexCount { readonly least: number, readonly most: number }

const HOST_CHARACTERS = [...'abcdefghijklmnopqrstuvwxyz0123456789-']
const MEMBER = /\\[dws]|\\[^A-Za-z0-9]|[^\\]/gu
const SHORTHANDS: ReadonlyMap<string, RegExp> = new Map([['\\d', /[0-9]/], ['\\w', /[A-Za-z0-9_]/], ['\\s', /\s/]])

/** The longest that may be: a port, a label, a host (RFC 1035 section 2.3.4). */
const LONGEST = { digits: 5, label: 63, labels: 253, any: 253 } as const

/**
 * What `[…]`, `\d`, `\w` or `.` is when it stands there so often; undefined when a member of the class is not
 * understood. `ignoresCase` is that of the whole expression.
 */
export function readFilling (
  atom: string, { least, most }: RegexCount, ignoresCase: boolean
): RegexFilling | undefined {
  const isNegated = atom.startsWith('[^')
  const inner = atom.startsWith('[') ? atom.slice(isNegated ? 2 : 1, -1) : atom
  const holds = atom === '.' ? () => true : readClass(inner, isNegated)
  if (holds === undefined) return undefined
  const has = (character: string) => holds(character) || (ignoresCase && holds(character.toUpperCase()))
  const covered = HOST_CHARACTERS.filter(has)
  const isDigits = covered.join('') === '0123456789' && ![...'._:/'].some(has)
  const withDot = isNegated || atom === '.' ? 'any' : 'labels'
  const place = isDigits ? 'digits' : has('.') ? withDot : 'label'
  const leavesOut = covered.length < HOST_CHARACTERS.length ? 'others' : has('_') ? 'none' : 'underscore'
  return { kind: 'filling', place, leavesOut, isCounted: least > 1 || most < LONGEST[place], holdsSlash: has('/') }
}

/** The members of a class, without its brackets. */
function readClass (inner: string, isNegated: boolean): ((character: string) => boolean) | undefined {
  const members = inner.match(MEMBER) ?? []
  if (members.join('') !== inner || members.length === 0) return undefined
  const tests: Array<(character: string) => boolean> = []
  for (let index = 0; index < members.length; index++) {
    const [member = '', dash, end] = members.slice(index, index + 3)
    const shorthand = SHORTHANDS.get(member)
    if (shorthand !== undefined) tests.push(character => shorthand.test(character))
    else if (dash === '-' && end !== undefined && !SHORTHANDS.has(end)) {
      const [from, to] = [bare(member), bare(end)]
      tests.push(character => character >= from && character <= to)
      index += 2
    } else tests.push(character => character === bare(member))
  }
  return character => tests.some(test => test(character)) !== isNegated
}

const bare = (member: string): string => member.replace(/^\\/, '')
