import t from 'tap'
import { parseTrustProxy } from '../../../src/config/trust-proxy.js'

t.test('takes addresses and CIDR ranges of both families', async t => {
  const { trustProxy, faults } = parseTrustProxy(' 10.0.0.5, 10.0.0.0/8,192.0.2.1/32 ,::1,fd00::/8,::1/128,,')
  t.same(faults, [])
  t.same(trustProxy, ['10.0.0.5', '10.0.0.0/8', '192.0.2.1/32', '::1', 'fd00::/8', '::1/128'])
  t.ok(Object.isFrozen(trustProxy))
})

t.test('trusts nobody when it is empty', async t => {
  t.same(parseTrustProxy(''), { trustProxy: [], faults: [] })
})

const refused = [
  ['a number of hops', '1', /'1' is a number of hops\. Write the address of your proxy/],
  ['a negative number', '-1', /is a number of hops/],
  ['true', 'true', /'true' would trust every client\. Write the address of your proxy/],
  ['true in capitals', 'TRUE', /would trust every client/],
  ['a star', '*', /would trust every client/],
  ['false', 'false', /is no address\. To trust no proxy, leave TRUST_PROXY empty/],
  ['loopback', 'loopback', /is a word, not an address\. Write 127\.0\.0\.0\/8,::1\/128/],
  ['linklocal', 'linklocal', /Write 169\.254\.0\.0\/16,fe80::\/10/],
  ['uniquelocal', 'UniqueLocal', /Write 10\.0\.0\.0\/8,172\.16\.0\.0\/12,192\.168\.0\.0\/16,fc00::\/7/],
  ['a name', 'proxy.example', /is no IP address\. Write one such as 10\.0\.0\.5/],
  ['a name that is a property of every object', 'constructor', /is no IP address/],
  ['an address out of range', '10.0.0.256', /is no IP address/],
  ['an address with a zone', 'fe80::1%eth0', /is no IP address/],
  ['an address with a port', '10.0.0.5:80', /is no IP address/],
  ['two addresses without a comma', '10.0.0.5 10.0.0.6', /is no IP address/],
  ['a prefix above 32 for IPv4', '10.0.0.0/33', /has no valid prefix length\. Write a number from 1 to 32/],
  ['a prefix above 128 for IPv6', 'fd00::/129', /has no valid prefix length\. Write a number from 1 to 128/],
  ['a netmask', '10.0.0.0/255.0.0.0', /has no valid prefix length/],
  ['an empty prefix', '10.0.0.0/', /has no valid prefix length/],
  ['two prefixes', '10.0.0.0/8/8', /has no valid prefix length/],
  ['all of IPv4', '0.0.0.0/0', /would trust every client\. Write the range of your proxies/],
  ['all of IPv6', '::/0', /would trust every client\. Write the range of your proxies/]
] as const

for (const [name, item, message] of refused) {
  t.test(`refuses ${name}`, async t => {
    const { faults } = parseTrustProxy(`10.0.0.5,${item}`)
    t.equal(faults.length, 1)
    t.match(faults[0], message)
  })
}

t.test('tells the faults of all items', async t => {
  t.equal(parseTrustProxy('1,true,10.0.0.5,x').faults.length, 3)
})
