import t from 'tap'
import { AllowListError, compileAllowList } from '../../../src/origin/allow-list.js'
import { lintEntry } from '../../../src/origin/entry.js'
import { parseOrigin } from '../../../src/origin/origin.js'

/** The entry of `entries` that allows `origin`. */
function matching (entries: readonly string[], origin: string): string | undefined {
  return compileAllowList(entries).allowList.match(origin === 'null' ? origin : parseOrigin(origin)!)
}

const rows = [
  ['an empty list allows nothing', [], 'https://a.com', undefined],
  ['an exact entry allows its origin', ['https://a.com'], 'https://a.com', 'https://a.com'],
  ['the entry is told as written', ['https://A.com:443/'], 'https://a.com', 'https://A.com:443/'],
  ['white space around an entry is not part of it', [' https://a.com\n'], 'https://a.com', 'https://a.com'],
  ['each port of a list is allowed', ['https://a.com:[443,8443]'], 'https://a.com:8443', 'https://a.com:[443,8443]'],
  ['443 in a list is the origin without a port', ['https://a.com:[443,8443]'], 'https://a.com', 'https://a.com:[443,8443]'],
  ['a port beside the list is not allowed', ['https://a.com:[443,8443]'], 'https://a.com:8444', undefined],
  ['any port is allowed by [*]', ['https://a.com:[*]'], 'https://a.com:1', 'https://a.com:[*]'],
  ['a wildcard entry allows a sub-domain', ['https://*.a.com'], 'https://x.a.com', 'https://*.a.com'],
  ['an exact entry is told before a wildcard one', ['https://*.a.com', 'https://x.a.com'], 'https://x.a.com', 'https://x.a.com'],
  ['a wildcard entry is told before *', ['*', 'https://*.a.com'], 'https://x.a.com', 'https://*.a.com'],
  ['* allows every tuple origin', ['*'], 'http://b.org:81', '*'],
  ['* does not allow null', ['*'], 'null', undefined],
  ['null allows opaque origins', ['null'], 'null', 'null'],
  ['null allows no tuple origin', ['null'], 'https://a.com', undefined],
  ['an IPv6 entry matches whatever its spelling', ['http://[0:0::1]:3000'], 'http://[::1]:3000', 'http://[0:0::1]:3000']
] as const
for (const [title, entries, origin, entry] of rows) {
  t.test(title, async t => { t.equal(matching(entries, origin), entry) })
}

t.test('tells all refused entries at once, each with its mend, and compiles none of them', async t => {
  t.throws(() => compileAllowList(['https://ok.com', 'example.com', 'https://*.com', 'https://A.com']), {
    name: 'AllowListError',
    message: '2 origin entries are refused:\n' +
      '  "example.com": it has no scheme: write "https://example.com"\n' +
      '  "https://*.com": anyone can register a name that fits "*.com": ' +
      'put the wildcard under a domain of your own, as "https://*.example.com"',
    faults: [{ entry: 'example.com', verdict: 'reject' }, { entry: 'https://*.com', verdict: 'reject' }]
  })
})

t.test('quotes control characters of an entry, so that a log line stays one line', async t => {
  const error = t.throws(() => compileAllowList(['https://a.com\n\u001b[2Jhttps://b.com'])) as AllowListError
  t.ok(error instanceof AllowListError)
  t.match(error.message, /^1 origin entry is refused:\n {2}"https:\/\/a\.com\\n\\u001b\[2Jhttps:\/\/b\.com": /)
})

t.test('an empty entry is refused rather than skipped', async t => {
  const error = t.throws(() => compileAllowList([''])) as AllowListError
  t.match(error.faults, [{ entry: '', verdict: 'reject', messages: [/empty: remove it/] }])
})

t.test('warns of what is risky or respelled, and is silent about the rest', async t => {
  const { warnings } = compileAllowList(['https://a.com', 'https://B.com', '*'])
  t.strictSame(warnings.map(({ entry, verdict }) => [entry, verdict]), [['https://B.com', 'warn'], ['*', 'warn']])
})

t.test('counts an entry once however it is spelled, and warns of the repeats', async t => {
  const entries = ['https://a.com', 'https://A.com:443', 'https://a.com', '*', '*', 'https://a.com:[2,1]', 'https://a.com:[1,2]']
  const { allowList, warnings } = compileAllowList(entries)
  t.strictSame(allowList.entries(), ['https://a.com', '*', 'https://a.com:[2,1]'])
  t.equal(allowList.size, 3)
  t.strictSame(warnings.map(({ entry, verdict, messages }) => [entry, verdict, ...messages]), [
    ['https://A.com:443', 'warn', 'it repeats "https://a.com": remove one'],
    ['https://a.com', 'warn', 'it repeats "https://a.com": remove one'],
    ['*', 'warn', ...lintEntry('*').messages],
    ['*', 'warn', 'it repeats "*": remove one'],
    ['https://a.com:[1,2]', 'warn', 'it repeats "https://a.com:[2,1]": remove one']
  ])
})

t.test('keeps 10,000 entries apart', async t => {
  const entries = Array.from({ length: 5_000 }, (_, i) => [`https://t${i}.example.com`, `https://*.t${i}.example.org`]).flat()
  const { allowList } = compileAllowList(entries)
  t.equal(allowList.size, 10_000)
  t.equal(allowList.match(parseOrigin('https://t4999.example.com')!), 'https://t4999.example.com')
  t.equal(allowList.match(parseOrigin('https://a.b.t4999.example.org')!), 'https://*.t4999.example.org')
  t.equal(allowList.match(parseOrigin('https://a.t5000.example.org')!), undefined)
})

t.test('gives out its entries frozen', async t => {
  t.throws(() => { (compileAllowList(['https://a.com']).allowList.entries() as string[]).push('*') }, TypeError)
})
