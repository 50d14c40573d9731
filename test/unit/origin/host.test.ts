import t from 'tap'
import { endsInNumber, isLoopback, isOrdinaryName, normalizeHost } from '../../../src/origin/host.js'

const label63 = 'a'.repeat(63)
const name253 = [label63, label63, label63, 'a'.repeat(61)].join('.')

const normalized = [
  ['a name in upper case', 'Chat.EXAMPLE.com', 'chat.example.com'],
  ['underscores and hyphens anywhere in a label', '_a-.-b_.com', '_a-.-b_.com'],
  ['one trailing dot', 'example.com.', 'example.com.'],
  ['a label of 63 characters', `${label63}.com`, `${label63}.com`],
  ['a last label of 63 characters', `a.${label63}`, `a.${label63}`],
  ['a name of 253 characters', name253, name253],
  ['a name of 253 characters and its trailing dot', `${name253}.`, `${name253}.`],
  ['a last label that only begins with a number', 'a.1x', 'a.1x'],
  ['a number before the last label', '127.0.0.1.example', '127.0.0.1.example'],
  ['the lowest and the highest IPv4 number', '0.255.9.10', '0.255.9.10'],
  ['a short IPv6 address', '[::1]', '[::1]'],
  ['a long IPv6 address', '[2001:0DB8:0:0:0:0:0:1]', '[2001:db8::1]'],
  ['an IPv6 address that ends in IPv4', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]']
] as const
for (const [name, host, expected] of normalized) {
  t.test(`keeps ${name}, in the one spelling that is compared`, async t => {
    t.equal(normalizeHost(host), expected)
  })
}

const refused = [
  ['an empty host', ''],
  ['a dot alone', '.'],
  ['an empty first label', '.example.com'],
  ['an empty label inside', 'a..com'],
  ['two trailing dots', 'example.com..'],
  ['a label of 64 characters', `${label63}a.com`],
  ['a last label of 64 characters', `a.${label63}a`],
  ['a name of 254 characters', `${name253}a`],
  ['a wildcard', '*.example.com'],
  ['a space', 'a b.com'],
  ['a line break at the end', 'example.com\n'],
  ['a letter outside ASCII', 'bücher.example'],
  ['three IPv4 numbers', '127.0.1'],
  ['one IPv4 number', '2130706433'],
  ['five IPv4 numbers', '1.2.3.4.5'],
  ['an IPv4 number with a leading zero', '127.0.0.01'],
  ['an IPv4 number above 255', '127.0.0.256'],
  ['an IPv4 address with a trailing dot', '127.0.0.1.'],
  ['a hexadecimal last label', '127.0.0.0x1'],
  ['an empty hexadecimal last label', 'a.0x'],
  ['a name with a numeric last label', 'example.1'],
  ['an IPv6 zone', '[fe80::1%eth0]'],
  ['an IPv6 address that does not parse', '[1::2::3]'],
  ['an IPv6 address with a bracket missing', '[::1'],
  ['a path behind an IPv6 address', '[::1]/'],
  ['a port behind an IPv6 address', '[::1]:80'],
  ['a host behind IPv6 user-info', '[::1]@evil.io'],
  ['a tab in an IPv6 address', '[::\t1]'],
  ['brackets around IPv4', '[127.0.0.1]'],
  ['brackets around a name', '[example.com]'],
  ['user-info before brackets', 'a@[::1]']
] as const
for (const [name, host] of refused) {
  t.test(`refuses ${name} as a host`, async t => { t.equal(normalizeHost(host), undefined) })
}

t.test('sees a host that ends in a number as an address, with or without a trailing dot', async t => {
  for (const host of ['1', '1.', 'a.1', 'a.0x', 'a.0xff.', '0x1']) t.equal(endsInNumber(host), true, host)
  for (const host of ['a', '1.a', '1.a.', '0xg', 'x0', '1-', '[::1]']) t.equal(endsInNumber(host), false, host)
})

t.test('counts localhost, names under it, 127.0.0.0/8 and [::1] as this machine, and nothing else', async t => {
  for (const host of ['localhost', 'localhost.', 'a.localhost', 'a.localhost.', '127.0.0.1', '127.9.8.7', '[::1]']) {
    t.equal(isLoopback(host), true, host)
  }
  for (const host of ['notlocalhost', 'localhost.com', '128.0.0.1', '127.evil.com', '[::2]', '127.0.0.1.evil.com']) {
    t.equal(isLoopback(host), false, host)
  }
})

t.test('an ordinary name is one that needs no second look, and nothing else is', async t => {
  const ordinary = ['_a-.-b_.com', '127.0.0.1.example', `${label63}.com`, `a.${label63}`, name253, 'localhost', '0x.a9_-z']
  for (const host of ordinary) {
    t.equal(isOrdinaryName(`>${host}`, 1), true, host)
    t.equal(normalizeHost(host), host)
  }
  const others = [...normalized, ...refused].map(([, host]) => host).filter(host => !ordinary.includes(host))
  for (const host of [...others, 'a`.com', 'a{.com', 'a/b', 'a:b', 'a^b', 'a,b', 'A.com']) {
    t.equal(isOrdinaryName(`>${host}`, 1), false, host)
  }
})
