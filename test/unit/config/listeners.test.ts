import t from 'tap'
import { findHostFault, findTokenFault, isLoopback, reaches } from '../../../src/config/listeners.js'

for (const host of ['127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1', 'localhost', 'LocalHost']) {
  t.test(`${host} is loopback`, async t => { t.equal(isLoopback(host), true) })
}
for (const host of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'fe80::1', 'localhost.example.com', 'chat']) {
  t.test(`${host} is not loopback`, async t => { t.equal(isLoopback(host), false) })
}

for (const host of ['0.0.0.0', '::', '127.0.0.1', 'fe80::1', 'localhost', 'gateway-1.example.com', 'gateway_1', 'a.']) {
  t.test(`listens on ${host}`, async t => { t.equal(findHostFault(host), undefined) })
}
const badHosts = [
  ['a star', '*', /is no address\. Write 0\.0\.0\.0 or ::/],
  ['brackets', '[::1]', /has brackets\. Write the IPv6 address without them/],
  ['a URL', 'http://localhost', /is a URL\. Write the host alone/],
  ['a port', 'localhost:8000', /holds a port\. Write the host alone/],
  ['an address out of range', '127.0.0.256', /is no IP address or host name/],
  ['half an address', '127.0', /is no IP address or host name/],
  ['a space', 'a b', /is no IP address or host name/],
  ['a hyphen at the start', '-a', /is no IP address or host name/],
  ['an empty label', 'a..b', /is no IP address or host name/],
  ['a label of 64 characters', 'a'.repeat(64), /is no IP address or host name/],
  ['254 characters', 'a.'.repeat(127), /is no IP address or host name/]
] as const
for (const [name, host, message] of badHosts) {
  t.test(`does not listen on a host with ${name}`, async t => { t.match(findHostFault(host), message) })
}

const meetings = [
  ['127.0.0.1', '127.0.0.1', true], ['localhost', '127.0.0.1', true], ['::1', 'LOCALHOST', true],
  ['127.0.0.1', '0.0.0.0', true], ['::1', '::', true], ['chat', 'Chat', true],
  ['127.0.0.2', '127.0.0.1', false], ['::1', '127.0.0.1', false], ['10.0.0.1', '0.0.0.0', false],
  ['localhost', '10.0.0.1', false]
] as const
for (const [host, boundTo, expected] of meetings) {
  t.test(`a connection to ${host} ${expected ? 'meets' : 'misses'} a listener on ${boundTo}`, async t => {
    t.equal(reaches(host, boundTo), expected)
  })
}

t.test('asks for a token only where the admin listener is not loopback', async t => {
  t.equal(findTokenFault('', '127.0.0.1'), undefined)
  t.match(findTokenFault('', '0.0.0.0'), /it is required, because ADMIN_HOST '0\.0\.0\.0' is not loopback/)
})

t.test('takes a token of 16 printable characters and refuses one of 15, also on loopback', async t => {
  t.equal(findTokenFault('abcdefghijklmno~', '0.0.0.0'), undefined)
  t.match(findTokenFault('abcdefghijklmno', '127.0.0.1'), /it has 15 characters \(not shown\)\. Set 16 or more random ones/)
})

t.test('refuses a token that a header cannot carry, and never shows it', async t => {
  for (const token of ['sixteen letters and spaces', 'sixteen-letters-\u00e9', 'sixteen-letters-\u0007']) {
    const fault = findTokenFault(token, '0.0.0.0')
    t.match(fault, /it holds a character a header cannot carry \(not shown\)/)
    t.notMatch(fault, /sixteen/)
  }
})
