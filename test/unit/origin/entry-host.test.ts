import t from 'tap'
import { lintEntry } from '../../../src/origin/entry.js'

const read = [
  ['a Unicode label', 'b\u00fccher.example', 'xn--bcher-kva.example'],
  ['a Unicode label in upper case', 'B\u00dcCHER.example', 'xn--bcher-kva.example'],
  ['a sharp s, which is a letter of its own', 'stra\u00dfe.example', 'xn--strae-oqa.example'],
  ['Unicode in every label', '\ucc44\ud305.\ud55c\uad6d', 'xn--ou6bo7j.xn--3e0b707e'],
  ['Unicode beside a wildcard', '*.b\u00fccher.example', '*.xn--bcher-kva.example'],
  ['a trailing dot', 'example.com.', 'example.com.'],
  ['an underscore', 'a_b.example.com', 'a_b.example.com']
] as const
for (const [name, host, expected] of read) {
  t.test(`reads a host with ${name}`, async t => { t.match(lintEntry(`https://${host}`).pattern, { host: expected }) })
}

const refused = [
  ['no host', '', /no host: write "https:\/\/example\.com"/],
  ['an IPv6 address without brackets', '::1', /no host: .*"https:\/\/\[::1\]" for IPv6/],
  ['percent-encoding', 'a%2eb.com', /percent-encoding in a host: write the plain host/],
  ['two stars in a row', 'a**.example.com', /write a single "\*"/],
  ['a soft hyphen, which IDNA drops', 'exam\u00adple.com', /no unambiguous punycode form: write it in ASCII/],
  ['a soft hyphen among letters that stay', 'b\u00fc\u00adcher.example', /no unambiguous punycode form/],
  ['an invisible joiner among letters that stay', 'b\u00fc\u034fcher.example', /no unambiguous punycode form/],
  ['a letter that is invisible', 'a\u3164b.example', /no unambiguous punycode form/],
  ['a full-width letter, which IDNA folds', '\uff45xample.com', /no unambiguous punycode form/],
  ['a folded letter among letters that stay', 'b\u00fc\uff43her.example', /no unambiguous punycode form/],
  ['the Kelvin sign', '\u212a.com', /no unambiguous punycode form/],
  ['an ideographic full stop, which IDNA reads as a dot', 'a\u3002com', /no unambiguous punycode form/],
  ['a mark without a letter', '\u0308.example', /no unambiguous punycode form/],
  ['a wildcard inside a Unicode label', 'app-*\u00fc.example.com', /no unambiguous punycode form/],
  ['an IPv6 zone', '[fe80::1%25eth0]', /percent-encoding/],
  ['a broken IPv6 address', '[1::2::3]', /not an IPv6 address: write it without a zone/],
  ['a wildcard in an IPv6 address', '[::*]', /not an IPv6 address/],
  ['a wildcard before an IPv4 address', '*.127.0.0.1', /IP address takes no wildcard: list each address/],
  ['a wildcard inside an IPv4 address', '192.168.*.1', /IP address takes no wildcard/],
  ['a wildcard at the end of an IPv4 address', '192.168.0.*', /IP address takes no wildcard/],
  ['a wildcard inside the last IPv4 number', '192.168.0.1*', /IP address takes no wildcard/],
  ['a short IPv4 address', '127.1', /not an IPv4 address: write four decimal numbers/],
  ['an empty label', 'a..com', /not a host name: write labels of 1 to 63/],
  ['an illegal character', 'a&b.com', /not a host name/],
  ['a label of 64 characters', `${'a'.repeat(64)}.com`, /not a host name/]
] as const
for (const [name, host, message] of refused) {
  t.test(`refuses an entry with ${name}`, async t => {
    const { verdict, messages } = lintEntry(`https://${host}`)
    t.equal(verdict, 'reject')
    t.match(messages[0], message)
  })
}
