import t from 'tap'
import { parseOrigin } from '../../../src/origin/origin.js'
import { seededRandom } from '../../helper/seeded-random.js'

// The grammar once more, in its shortest form and without a thought of speed.
const ORIGIN = /^([A-Za-z][A-Za-z0-9+.-]{0,62}):\/\/([A-Za-z0-9_.-]+)(?::([1-9][0-9]{0,4}))?$/
const LABEL = /^[a-z0-9_-]{1,63}$/
const IPV4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/

/** Scheme, host and port of an origin whose host is no IPv6 address; undefined when it is none. */
function readPlainly (text: string): { scheme: string, host: string, port: string } | undefined {
  const [, scheme = '', written = '', port = ''] = ORIGIN.exec(text) ?? []
  const host = written.toLowerCase()
  const labels = host.replace(/\.$/, '').split('.')
  if (!labels.every(label => LABEL.test(label)) || labels.join('.').length > 253 || Number(port) > 65_535) return undefined
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1)!) && !IPV4.test(host)) return undefined
  const isDefault = { https: '443', http: '80' }[scheme.toLowerCase()] === port
  return { scheme: scheme.toLowerCase(), host, port: isDefault ? '' : port }
}

const PARTS = ['https', 'http', 'HTTP', 'httpss', 'a', '://', '://', '://', ':', '/', 'example', '.', '.', '.', 'com', 'Com', '127', '.0.0.1',
  '0x', '1', '-', '_', 'x'.repeat(62), 'x'.repeat(63), 'a.'.repeat(60), ':443', ':80', ':65535', ':65536', ':0', '\n', '\u212a', ' ']

t.test('reads every origin as the plain grammar does, and refuses the same texts', async t => {
  const random = seededRandom(20_261_122)
  const pick = () => PARTS[Math.floor(random() * PARTS.length)]!
  let parsedCount = 0
  for (let round = 0; round < 60_000; round++) {
    const head = round % 4 === 0 ? '' : ['https://', 'http://', 'HTTPS://'][round % 3]!
    const text = head + Array.from({ length: Math.ceil(random() * 7) }, pick).join('')
    const parsed = parseOrigin(text)
    const expected = readPlainly(text)
    if (parsed !== undefined) parsedCount++
    const { scheme, host, port, origin } = parsed ?? {}
    const isSame = parsed === undefined
      ? expected === undefined
      : scheme === expected?.scheme && host === expected?.host && port === expected?.port &&
        origin === `${scheme}://${host}${port === '' ? '' : `:${port}`}`
    if (!isSame) t.fail(JSON.stringify(text), { parsed, expected })
  }
  t.ok(parsedCount > 3_000 && parsedCount < 40_000, `${parsedCount} were origins`)
})

t.test('reads the longest origin there can be, and none that is longer', async t => {
  const scheme = 'a'.repeat(63)
  const host = `${Array(4).fill('x'.repeat(62)).join('.')}.x.`
  t.equal(host.length, 254)
  t.match(parseOrigin(`${scheme}://${host}:65535`), { scheme, host, port: '65535' })
  t.equal(parseOrigin(`${scheme}://${host}:65535x`), undefined)
  t.equal(parseOrigin(`https://${'a.'.repeat(8_000)}com`), undefined)
})
