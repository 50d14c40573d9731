import t from 'tap'
import { defaultPortOf, parseOrigin, serializeOrigin } from '../../../src/origin/origin.js'

const parsed = [
  ['an https origin', 'https://app.example.com', ['https://app.example.com', 'https', 'app.example.com', '']],
  ['upper case', 'HTTPS://App.Example.COM:8443', ['https://app.example.com:8443', 'https', 'app.example.com', '8443']],
  ['the default port of https', 'https://example.com:443', ['https://example.com', 'https', 'example.com', '']],
  ['the default port of http', 'http://example.com:80', ['http://example.com', 'http', 'example.com', '']],
  ['the default port of another scheme', 'https://example.com:80', ['https://example.com:80', 'https', 'example.com', '80']],
  ['the highest port', 'http://localhost:65535', ['http://localhost:65535', 'http', 'localhost', '65535']],
  ['an IPv6 address', 'http://[0:0:0:0:0:0:0:1]:3000', ['http://[::1]:3000', 'http', '[::1]', '3000']],
  ['a custom scheme', 'Chrome-Extension://abcdef', ['chrome-extension://abcdef', 'chrome-extension', 'abcdef', '']],
  ['a trailing dot', 'https://example.com.', ['https://example.com.', 'https', 'example.com.', '']]
] as const
for (const [name, text, [origin, scheme, host, port]] of parsed) {
  t.test(`parses ${name}`, async t => { t.strictSame(parseOrigin(text), { origin, scheme, host, port }) })
}

const malformed = [
  ['null, which has no parts', 'null'],
  ['an empty text', ''],
  ['white space before it', ' https://example.com'],
  ['white space after it', 'https://example.com '],
  ['a line feed after it', 'https://example.com\n'],
  ['a second line', 'https://example.com\nhttps://example.com'],
  ['a trailing slash', 'https://example.com/'],
  ['a path', 'https://example.com/a'],
  ['a query', 'https://example.com?'],
  ['a fragment', 'https://example.com#'],
  ['a backslash', 'https://evil.io\\.example.com'],
  ['user-info', 'https://example.com@evil.io'],
  ['an empty port', 'https://example.com:'],
  ['port 0', 'https://example.com:0'],
  ['a port with a leading zero', 'https://example.com:0443'],
  ['port 65536', 'https://example.com:65536'],
  ['a port of six digits', 'https://example.com:100000'],
  ['a scheme that begins with a digit', '1http://example.com'],
  ['a scheme of 64 characters', `${'a'.repeat(64)}://example.com`],
  ['no host', 'https://'],
  ['one slash', 'https:/example.com'],
  ['percent-encoding', 'https://example%2ecom'],
  ['a soft hyphen, which IDNA drops', 'https://exam\u00adple.com'],
  ['a full-width letter, which IDNA folds', 'https://\uff45xample.com'],
  ['the Kelvin sign, which lower-casing folds', 'https://\u212aelvin.com'],
  ['a long s, which case-insensitive matching may fold', 'http\u017f://example.com'],
  ['two origins', 'https://a.com https://b.com']
] as const
for (const [name, text] of malformed) {
  t.test(`does not parse ${name}`, async t => { t.equal(parseOrigin(text), undefined) })
}

t.test('serializes to what it parses again, unchanged', async t => {
  for (const [, text] of parsed) {
    const once = parseOrigin(text)
    t.strictSame(parseOrigin(once!.origin), once)
    t.strictSame(serializeOrigin(once!.scheme, once!.host, once!.port), once)
  }
})

t.test('knows a default port for http and https alone', async t => {
  t.equal(defaultPortOf('http'), '80')
  t.equal(defaultPortOf('https'), '443')
  t.equal(defaultPortOf('ws'), undefined)
})

t.test('what nearly every page sends is read without a regular expression', async t => {
  const { prototype } = RegExp
  const known = Object.getOwnPropertyDescriptor(prototype, 'exec')!
  let execs = 0
  const value = function (this: RegExp, text: string) {
    execs++
    return known.value.call(this, text)
  }
  Object.defineProperty(prototype, 'exec', { ...known, value })
  const counts: number[] = []
  for (const text of ['https://app.example.com', 'http://localhost', 'https://a-1.b_2.example', 'https://a.example:8443']) {
    execs = 0
    parseOrigin(text)
    counts.push(execs)
  }
  Object.defineProperty(prototype, 'exec', known)
  t.same(counts.slice(0, 3), [0, 0, 0])
  t.ok(counts[3]! > 0, 'the others show that regular expressions are counted')
})
