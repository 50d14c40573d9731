import t from 'tap'
import { importNginx } from '../../../src/import/nginx-map.js'
import { compileAllowList } from '../../../src/origin/allow-list.js'
import { parseOrigin, type ParsedOrigin } from '../../../src/origin/origin.js'

const ATOMS = ['a', 'b', 'app', '\\.', '\\.', '.', '[a-c]', '[a-c]+', '\\d', '\\d+', '\\d{2}', '[^.]+', '[^.]', '.+', '.*', '[a-z.]+', '\\w+',
  '(a|b)', '(x\\.)?', '([a-z]+\\.)+', '([a-z]+\\.)*', '([^.]+\\.)+', '-', '[.]', '(a|)', 'b?', '[0-9]*', '[-.]', '\\-', '[^/]+', '(?:a\\.|b-)',
  '[a-z0-9-]+', '[\\w-]+', '[\\w.-]+', '.{2}', '[^a.]+', '[^/a]*', '[a-z0-9-]{2,}']
const PORTS = ['', '', '(:\\d+)?', ':\\d+', ':\\d*', '(:[0-9]{4})?', ':8080', '(:443)?', ':[0-9]', '(:8080|:9090)', '(:\\d{2,5})?']
const ENDS = ['$', '$', '$', '', '$|^https://b\\.ex\\.com$', '|https://b\\.ex\\.com$']

/** The sentences that own up to a wider entry, and whether one can be about this origin. */
const WIDENINGS: ReadonlyArray<readonly [RegExp, (origin: ParsedOrigin) => boolean]> = [
  [/^The expression covers one label/, ({ host }) => host.split('.').length > 3],
  [/^The expression names the characters/, () => true],
  [/^The expression takes no "_"/, ({ host }) => host.includes('_')],
  [/^The expression wants a port/, () => true],
  [/^The expression says how many digits/, ({ port }) => port !== ''],
  [/^Browsers write this origin otherwise/, ({ port }) => port === '']
]

/** Numbers below `end`, the same in each run. */
function createRandom (seed: number) {
  let state = seed
  return (end: number) => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff
    return (state >> 8) % end
  }
}

const random = createRandom(3)
const pick = (choices: readonly string[]) => choices[random(choices.length)] ?? ''
const many = (count: number, choices: readonly string[]) => Array.from({ length: count }, () => pick(choices)).join('')

function makeOrigins (): ParsedOrigin[] {
  return Array.from({ length: 400 }, () => parseOrigin('https://' +
    many(1 + random(4), ['a', 'b', 'app', 'x', 'z', '1', '12', 'c', '-', 'aa', '.', '.', '_', 'a.b']) + pick(['.ex.com', '.ex.com', 'ex.com']) +
    pick(['', '', ':80', ':8080', ':1', ':22', ':9090']))).filter(origin => origin !== undefined)
}

t.test('every origin that an expression refuses and its entries allow is told of', async t => {
  const origins = makeOrigins()
  const untold: string[] = []
  let converted = 0
  let widened = 0
  for (let count = 0; count < 700; count++) {
    const domain = pick(['\\.ex\\.com', '\\.ex\\.com', 'ex\\.com'])
    const expression = `^https://${many(random(4), ATOMS)}${domain}${pick(PORTS)}${pick(ENDS)}`
    const { entries, notes } = importNginx(`map $http_origin $o { "~${expression}" 1; }`)
    const sentences = notes.flatMap(({ differences }) => differences)
    if (entries.length === 0) continue
    converted++
    const original = new RegExp(expression)
    const { allowList } = compileAllowList(entries)
    const told = WIDENINGS.filter(([sentence]) => sentences.some(text => sentence.test(text)))
    const more = origins.filter(origin => allowList.match(origin) !== undefined)
      .filter(({ origin }) => !original.test(origin))
    if (more.length > 0) widened++
    const [missed] = more.filter(origin => !told.some(([, isAbout]) => isAbout(origin)))
    if (missed !== undefined) untold.push(`${expression} -> ${entries.join(' ')}: ${missed.origin}`)
  }
  t.strictSame(untold.slice(0, 5), [])
  t.ok(converted > 200 && widened > 50, `${converted} converted, ${widened} of them wider`)
})
