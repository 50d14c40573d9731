import { compileAllowList } from '../origin/allow-list.js'
import { lintEntry } from '../origin/entry.js'
import { formatEntry } from '../origin/entry-pattern.js'
import { parseOrigin } from '../origin/origin.js'
import { matchSpringOrigins, matchSpringPatterns } from '../origin/spring.js'

/** `patterns` are those of `setAllowedOriginPatterns`, `origins` those of `setAllowedOrigins`. */
export type SpringListKind = 'patterns' | 'origins'

/** An origin on which both may differ, made of the entry as written and as it is compared here. */
interface Probe {
  readonly make: (written: string, canonical: string) => string
  readonly difference: string
}

const HAS_PORT = /:(?:\d+|\[[\d,*]+\]|\*)$/
const NO_BROWSER = 'no browser sends such a header'

/** Let in by Spring, refused here. */
const ONLY_THERE: readonly Probe[] = [
  {
    make: (_, canonical) => concrete(canonical, 'evil.test/'),
    difference: 'In Spring "*" is any characters, so "https://evil.test/.example.com" fitted "https://*.example.com"; ' +
      `here it is host characters only (${NO_BROWSER})`
  },
  {
    make: (_, canonical) => concrete(canonical, ''),
    difference: 'In Spring "*" may be nothing, so "https://.example.com" fitted "https://*.example.com"; ' +
      'here it is one character or more'
  },
  {
    make: (_, canonical) => concrete(canonical, 'a.b'),
    difference: 'In Spring a "*" inside a label crosses dots, so "app-a.b.example.com" fitted "app-*.example.com"; ' +
      'here it is one label: list deeper hosts by an entry of their own'
  },
  {
    make: (_, canonical) => `${concrete(canonical, 'a').replace(/:1$/, '')}:99999`,
    difference: `In Spring ":[*]" (and ":*") takes any digits, also ":99999"; here it is a port from 1 to 65535, or none (${NO_BROWSER})`
  },
  {
    make: written => `${concrete(written, 'a')}/`,
    difference: `Spring drops a slash at the end of the header; here it is refused (${NO_BROWSER})`
  }
]

/** Let in here, refused by Spring. */
const ONLY_HERE: readonly Probe[] = [
  {
    make: (_, canonical) => concrete(canonical.replace(/:\[\*\]$/, ':[3000]'), 'a'),
    difference: 'Spring compares the text as it is written, and browsers write this origin otherwise ' +
      '(lower case, punycode, no default port), so it let no browser in; here it does'
  },
  {
    make: (written, canonical) => HAS_PORT.test(written) ? concrete(canonical, 'a').replace(/:\d+$/, '') : '',
    difference: 'In Spring the port must be there as it is written; here the origin without a port is let in, too'
  },
  {
    make: (_, canonical) => concrete(canonical, 'a').toUpperCase(),
    difference: `Spring compares upper and lower case of the header; here they are the same (${NO_BROWSER} in upper case)`
  },
  {
    make: (_, canonical) => withDefaultPort(concrete(canonical, 'a')),
    difference: `In Spring a header with the default port written out is another origin; here it is the same (${NO_BROWSER})`
  }
]

/** What Spring says otherwise to an entry than the gate. Each sentence was tried on this very entry. */
export function springDifferences (written: string, kind: SpringListKind): string[] {
  if (written === '*') return kind === 'origins' ? [...OPEN, OPEN_WITHOUT_COOKIES] : [...OPEN]
  const { pattern } = lintEntry(written)
  /* c8 ignore next -- asked only about texts that became entries */
  if (pattern === undefined) return []
  const canonical = formatEntry(pattern)
  const { allowList } = compileAllowList([written])
  const match = kind === 'patterns' ? matchSpringPatterns : matchSpringOrigins
  const isOnly = ({ make }: Probe, isThere: boolean) => {
    const origin = make(written, canonical)
    const parsed = origin === 'null' ? origin : parseOrigin(origin)
    const isHere = parsed !== undefined && allowList.match(parsed) !== undefined
    return isHere !== isThere && (match(origin, [written]) !== undefined) === isThere
  }
  const probes = [
    ...ONLY_THERE.filter(probe => isOnly(probe, true)),
    ...ONLY_HERE.filter(probe => isOnly(probe, false))
  ]
  return probes.map(({ difference }) => difference)
}

const OPEN = [
  'In Spring "*" covers "null", too; here that needs the entry "null"',
  `In Spring "*" covers any text; here it must be an origin (${NO_BROWSER})`
]
const OPEN_WITHOUT_COOKIES = 'In Spring allowedOrigins "*" goes without cookies (with allowCredentials it throws); ' +
  'here every site gets in with its visitors\' cookies'

/** An origin that fits the entry, with `filling` for each wildcard of the host and its first port. */
function concrete (entry: string, filling: string): string {
  return entry.replace(/:\[\*\]$/, '').replace(/:\[(\d+)[^\]]*\]$/, ':$1').replaceAll('*', filling)
}

function withDefaultPort (origin: string): string {
  if (/:\d+$/.test(origin)) return origin
  return `${origin}:${origin.startsWith('https:') ? 443 : 80}`
}
