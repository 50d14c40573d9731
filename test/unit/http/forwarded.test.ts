import t from 'tap'
import { clientFacts, forwardedHeaders, isAuthority, isForwardingHeader } from '../../../src/http/forwarded.js'

const seen = { address: '10.1.2.3', protocol: 'http', host: 'chat.test', peerHost: 'peer.test', prefix: '/stomp' }

const authorities = [
  ['chat.example.com', true], ['chat.example.com:8443', true], ['localhost', true], ['my_service:80', true],
  ['127.0.0.1:0', true], ['[::1]', true], ['[::1]:8000', true], ['[::ffff:10.0.0.1]:1', true],
  ['', false], [':80', false], ['chat.test:', false], ['chat.test:123456', false], ['chat.test:80a', false],
  ['user@chat.test', false], ['chat.test/', false], ['chat.test?x', false], ['a b', false], ['a,b', false],
  ['chat.test\r\nX: y', false], ['chat.test\n', false], ['::1', false], ['[::1', false], ['[]', false],
  ['[chat.test]', false], ['münchen.test', false], ['a"b', false], ['x'.repeat(256), false]
] as const
for (const [text, isOne] of authorities) {
  t.test(`${JSON.stringify(text.slice(0, 40))} is ${isOne ? 'a' : 'no'} host with an optional port`, async t => {
    t.equal(isAuthority(text), isOne)
  })
}

const names = [
  ['x-forwarded-for', true], ['x-forwarded-host', true], ['x-forwarded-anything', true], ['forwarded', true],
  ['x-real-ip', true], ['x-forwarded', false], ['forwarded-for', false], ['cookie', false]
] as const
for (const [name, isOne] of names) {
  t.test(`${name} ${isOne ? 'can' : 'cannot'} lie about who the client is`, async t => {
    t.equal(isForwardingHeader(name), isOne)
  })
}

const protocols = [
  ['http', 'http'], ['https', 'https'], ['HTTPS', 'https'], ['ws', 'http'], ['wss', 'https'], ['WSS', 'https'],
  ['gopher', 'http'], ['https, http', 'http'], ['', 'http']
] as const
for (const [protocol, proto] of protocols) {
  t.test(`the scheme ${JSON.stringify(protocol)} is told as ${proto}`, async t => {
    t.equal(clientFacts({ ...seen, protocol }).proto, proto)
  })
}

const addresses = [
  ['10.1.2.3', '10.1.2.3'], ['::ffff:127.0.0.1', '127.0.0.1'], ['::FFFF:10.0.0.1', '10.0.0.1'], ['::1', '::1'],
  ['fe80::1%eth0', 'fe80::1'], ['2001:db8::7', '2001:db8::7']
] as const
for (const [address, told] of addresses) {
  t.test(`the address ${address} is told as ${told}`, async t => {
    t.equal(clientFacts({ ...seen, address }).address, told)
  })
}

t.test('a host that is none gives way to the Host line, so that no proxy\'s slip becomes a header', async t => {
  t.equal(clientFacts(seen).host, 'chat.test')
  t.equal(clientFacts({ ...seen, host: 'a.test, b.test' }).host, 'peer.test')
  t.equal(clientFacts({ ...seen, host: '' }).host, 'peer.test')
})

t.test('an instance is told address, scheme, host, prefix and one Via', async t => {
  t.same(forwardedHeaders(clientFacts(seen), []), [
    'X-Forwarded-For', '10.1.2.3',
    'X-Forwarded-Proto', 'http',
    'X-Forwarded-Host', 'chat.test',
    'X-Forwarded-Prefix', '/stomp',
    'Via', '1.1 gatehouse'
  ])
})

t.test('Via grows by the gateway, behind the hops before it', async t => {
  t.same(forwardedHeaders(clientFacts(seen), ['1.0 fred', '1.1 p.example']).slice(-2),
    ['Via', '1.0 fred, 1.1 p.example, 1.1 gatehouse'])
})
