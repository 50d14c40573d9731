import t from 'tap'
import { parseUpstreams } from '../../../src/config/upstreams.js'

const parsed = [
  ['a host name', 'http://chat',
    { id: 'http://chat', protocol: 'http:', hostname: 'chat', port: 80, authority: 'chat', basePath: '' }],
  ['a port and a path', 'http://chat:8080/stomp/v1',
    { id: 'http://chat:8080/stomp/v1', port: 8080, authority: 'chat:8080', basePath: '/stomp/v1' }],
  ['https', 'https://chat', { id: 'https://chat', protocol: 'https:', port: 443, authority: 'chat' }],
  ['a default port, which is dropped', 'https://chat:443/', { id: 'https://chat', port: 443, authority: 'chat' }],
  ['the default port of the other scheme, which is kept', 'http://chat:443',
    { id: 'http://chat:443', port: 443, authority: 'chat:443' }],
  ['a trailing slash, which is dropped', 'http://chat/stomp/', { id: 'http://chat/stomp', basePath: '/stomp' }],
  ['upper case, which is lowered in the host and kept in the path', 'HTTP://Chat.Example/Stomp',
    { id: 'http://chat.example/Stomp', hostname: 'chat.example', basePath: '/Stomp' }],
  ['an IPv4 address', 'http://10.0.0.5:8080', { hostname: '10.0.0.5', authority: '10.0.0.5:8080' }],
  ['an IPv6 address, without brackets in hostname alone', 'http://[0:0::1]:8080/a',
    { id: 'http://[::1]:8080/a', hostname: '::1', port: 8080, authority: '[::1]:8080', basePath: '/a' }],
  ['a Unicode host, which is punycoded', 'http://b\u00fccher.example', { hostname: 'xn--bcher-kva.example' }],
  ['an underscore, as container networks use it', 'http://chat_service:1', { hostname: 'chat_service', port: 1 }]
] as const

for (const [name, text, expected] of parsed) {
  t.test(`reads ${name}`, async t => {
    const { upstreams, faults } = parseUpstreams(text)
    t.same(faults, [])
    t.equal(upstreams.length, 1)
    t.hasStrict(upstreams[0], expected)
    t.equal(upstreams[0]?.url, upstreams[0]?.id)
    t.ok(Object.isFrozen(upstreams[0]) && Object.isFrozen(upstreams))
  })
}

const refused = [
  ['a WebSocket URL', 'ws://chat:8080', /'ws:\/\/chat:8080' is a WebSocket URL\. Write http:\/\//],
  ['a secure WebSocket URL', 'WSS://chat', /is a WebSocket URL\. Write https:\/\//],
  ['another scheme', 'ftp://chat', /neither http:\/\/ nor https:\/\//],
  ['a scheme that is a property of every object', 'constructor://chat', /neither http:\/\/ nor https:\/\//],
  ['no scheme', 'chat:8080', /is no URL\. Write http:\/\/host:port/],
  ['a single slash', 'http:/chat', /is no URL/],
  ['a query', 'http://chat/?a=b', /holds a query or fragment\. Remove it/],
  ['a fragment', 'http://chat#a', /holds a query or fragment\. Remove it/],
  ['a backslash', 'http://chat\\stomp', /holds a backslash\. Write slashes/],
  ['a space', 'http://chat http://chat2', /holds a space or semicolon\. Separate URLs with commas/],
  ['a semicolon', 'http://chat;http://chat2', /Separate URLs with commas/],
  ['port 0', 'http://chat:0', /has no valid port\. Write one from 1 to 65535/],
  ['a port above 65535', 'http://chat:65536', /has no valid port/],
  ['a port of letters', 'http://chat:http', /has no valid port/],
  ['an empty port', 'http://chat:', /has no valid port/],
  ['a port with a sign', 'http://chat:+80', /has no valid port/],
  ['a dot segment', 'http://chat/a/../b', /the path '\/a\/\.\.\/b' has a dot segment\. Write the path it leads to/],
  ['an encoded dot segment', 'http://chat/a/%2e%2e/b', /has a character other than letters/],
  ['an empty segment', 'http://chat/a//b', /has an empty segment/],
  ['two trailing slashes', 'http://chat//', /ends with a slash/],
  ['no host', 'http://', /has no valid host/],
  ['no host before a path', 'http:///stomp', /has no valid host/],
  ['an IPv4 address out of range', 'http://10.0.0.300', /has no valid host/],
  ['an abbreviated IPv4 address', 'http://10.0.1', /has no valid host/],
  ['a hexadecimal IPv4 address', 'http://0x7f000001', /has no valid host/],
  ['a wildcard', 'http://*.chat', /has no valid host/],
  ['an IPv6 address that is none', 'http://[::g]', /has no valid host/],
  ['commas alone', ' , ', /names no URL\. Write one, or leave it empty/]
] as const

for (const [name, text, message] of refused) {
  t.test(`refuses ${name}`, async t => {
    const { upstreams, faults } = parseUpstreams(text)
    t.same(upstreams, [])
    t.equal(faults.length, 1)
    t.match(faults[0], message)
  })
}

t.test('refuses user-info and does not repeat what may be a password', async t => {
  for (const text of ['http://user:secret@chat:8080', 'http://secret@chat', 'secret@chat', 'http://u:secret@x@chat']) {
    const { upstreams, faults } = parseUpstreams(text)
    t.same(upstreams, [])
    t.match(faults.join(), /an entry ending in '@chat.*' holds an @\. Write the URL without user name and password/)
    t.notMatch(faults.join(), /secret/)
  }
})

t.test('keeps the order of the entries and skips blank ones', async t => {
  const { upstreams, faults } = parseUpstreams(' http://b:1 ,, http://a:1,')
  t.same(upstreams.map(({ id }) => id), ['http://b:1', 'http://a:1'])
  t.same(faults, [])
})

t.test('gives nothing for a blank text', async t => {
  t.same(parseUpstreams(' '), { upstreams: [], faults: [] })
})

const twice = [
  ['the same URL', 'http://chat:1,http://chat:1'],
  ['another spelling', 'http://chat,HTTP://CHAT:80/'],
  ['another path', 'http://chat:1/a,http://chat:1/b'],
  ['another scheme', 'http://chat:1,https://chat:1']
] as const
for (const [name, text] of twice) {
  t.test(`refuses an instance that is named twice, by ${name}`, async t => {
    const { upstreams, faults } = parseUpstreams(text)
    t.equal(upstreams.length, 1)
    t.match(faults, [/names an instance a second time\. Remove one of the two/])
  })
}

t.test('tells the faults of all entries and keeps the good ones', async t => {
  const { upstreams, faults } = parseUpstreams('ws://a,http://b:1,http://c:0,http://b:2')
  t.same(upstreams.map(({ id }) => id), ['http://b:1', 'http://b:2'])
  t.equal(faults.length, 2)
})
