import t from 'tap'
import { lintEntry } from '../../../src/origin/entry.js'

const quiet = [
  ['sub-domains of a domain', 'https://*.example.com'],
  ['sub-domains of a domain under a suffix of two labels', 'https://*.example.co.uk'],
  ['sub-domains of a name under a shared platform', 'https://*.example.vercel.app'],
  ['a wildcard between literal labels', 'https://app.*.example.com'],
  ['several wildcards', 'https://*.eu-*.example.com'],
  ['a wildcard behind text in a label', 'https://app-*.example.com'],
  ['a wildcard before a hyphen', 'https://*-app.example.com'],
  ['a domain that an exception takes off the suffix list', 'https://*.city.kawasaki.jp'],
  ['a rooted name', 'https://*.example.com.'],
  ['names under localhost', 'http://*.localhost:[*]'],
  ['part of a name under localhost', 'http://app-*.localhost'],
  ['sub-domains of a name under a special-use one', 'https://*.app.test']
] as const
for (const [name, entry] of quiet) {
  t.test(`has nothing to say about ${name}`, async t => { t.match(lintEntry(entry), { verdict: 'ok', messages: [] }) })
}

t.test('warns of a wildcard right under each special-use name but localhost', async t => {
  const names = ['test', 'example', 'local', 'internal', 'home.arpa', 'lan', 'intranet', 'corp', 'home', 'private']
  for (const name of names) {
    const { verdict, messages } = lintEntry(`https://*.${name}`)
    t.equal(verdict, 'warn', name)
    t.match(messages, [new RegExp(`^"${name}" belongs to nobody: .*name one more label`)], name)
  }
})

const warned = [
  ['part of a name on a shared platform', 'https://app-*.vercel.app', /others can register .*"app-\*\.vercel\.app": list each/],
  ['the end of a name on a shared platform', 'https://*-app.github.io', /others can register/],
  ['a suffix on no list', 'https://*.app.intra', /"intra" is on no list of public suffixes: check the spelling/],
  ['a star glued to a sub-domain', 'https://*app.example.com', /also matches "evilapp": write "\*\.app"/],
  ['a star glued to a name under localhost', 'http://*app.localhost', /also matches "evilapp"/]
] as const
for (const [name, entry, message] of warned) {
  t.test(`warns of ${name}`, async t => {
    const { verdict, messages } = lintEntry(entry)
    t.equal(verdict, 'warn')
    t.equal(messages.length, 1)
    t.match(messages[0], message)
  })
}

const refused = [
  ['every site', 'https://*', /allows every site: put the wildcard under a domain of your own/],
  ['every site on a port', 'https://*:8443', /allows every site/],
  ['a wildcard for the suffix', 'https://example.*', /"\*" at the end of the host lets in domains of strangers/],
  ['a suffix with an open end', 'https://example.com*', /"com\*" at the end of the host .*: write the host to its end/],
  ['wildcards only', 'https://*.*', /at the end of the host/],
  ['every domain of a suffix', 'https://*.com', /anyone can register a name that fits "\*\.com"/],
  ['every domain of a rooted suffix', 'https://*.com.', /anyone can register a name that fits "\*\.com"/],
  ['every domain of a suffix of two labels', 'https://*.co.uk', /fits "\*\.co\.uk"/],
  ['a label of every domain of a suffix', 'https://app.*.co.uk', /fits "\*\.co\.uk"/],
  ['a wildcard inside a suffix of two labels', 'https://example.c*.uk', /fits "c\*\.uk"/],
  ['every name on a shared platform', 'https://*.github.io', /fits "\*\.github\.io"/],
  ['a suffix that a wildcard rule makes', 'https://*.kawasaki.jp', /anyone can get a name under the public suffix/],
  ['a name under a suffix that a wildcard rule makes', 'https://app.*.kawasaki.jp', /under the public suffix/],
  ['part of a domain under a suffix', 'https://app-*.com', /fits "app-\*\.com"/],
  ['a missing dot before a domain', 'https://*example.com', /dot is missing, "evilexample\.com" matches: write "\*\.example\.com"/],
  ['a missing dot before a name on a shared platform', 'https://*app.vercel.app', /write "\*\.app\.vercel\.app"/],
  ['every name under a suffix on no list', 'https://*.intra', /"intra" is on no list of public suffixes, .*list each host/],
  ['part of a name under a suffix on no list', 'https://app-*.intra', /on no list of public suffixes/]
] as const
for (const [name, entry, message] of refused) {
  t.test(`refuses ${name}`, async t => {
    const { verdict, messages } = lintEntry(entry)
    t.equal(verdict, 'reject')
    t.match(messages[0], message)
  })
}
