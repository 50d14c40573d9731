import t from 'tap'
import { findPathFault } from '../../../src/sockjs/path.js'

const sound = [
  '/', '/ws-stomp/000/abcd/xhr', '/ws-stomp/', '//ws-stomp//info', '/v1.2/file..txt', '/...', '/.well-known/x', '/a./b..',
  '/..a/.b', '/~!$&\'()*+,;=:@-._', '/[0]', '/a;v=1.2/b;c', '/a/;jsessionid=1', '/%ec%84%b8%ec%85%98', '/a%20b', '/100%25',
  '/100%2525', '/%25/%25zz', '/%41%2e%62', '/a%3fb', '/%f0%9f%98%80', '/%7e', '/%e0%a4%85', '/%25c3%25a9', `/${'a'.repeat(8191)}`
]
for (const path of sound) {
  t.test(`passes ${path.slice(0, 40)}`, async t => { t.equal(findPathFault(path), undefined) })
}

const faults = [
  ['no slash at its start', ['', 'stomp', '*', 'http://host/stomp', '%2fstomp', '../x']],
  ['more than 8 KiB', [`/${'a'.repeat(8192)}`]],
  ['a character outside ASCII', ['/\u00e9', '/세션', '/\u2024\u2024/', '/\u0085', '/\uff0e\uff0e/']],
  ['a control character', [
    '/a\tb', '/a\r\nb', '/\0', '/\x7f', '/%00', '/a%0d%0aSet-Cookie:x', '/%1F', '/%7f', '/..%00/', '/%2500', '/%25250a', '/%c2%85'
  ]],
  ['a backslash', ['/..\\x', '/a\\b', '\\'.padStart(2, '/')]],
  ['a character that must be percent-encoded', [
    '/a b', '/a#b', '/a?b', '/a"b', '/a<b', '/a>b', '/a^b', '/a`b', '/a{b', '/a|b', '/a}b'
  ]],
  ['malformed percent-encoding', [
    '/%', '/%2', '/%zz', '/a%2/b', '/%u002e%u002e/', '/%25u002e', '/%ff', '/%c0%ae%c0%ae/', '/%c0%af', '/%e0%80%ae', '/%f0%80%80%ae',
    '/%25c0%25ae', '/%2525e0%252580%2525ae', '/%25f0%2580%2580%25ae', '/%ed%a0%80', '/%c3'
  ]],
  ['an encoded slash', ['/a%2fb', '/..%2F..%2f', '/a%252fb', '/a%25252Fb', '/%25%32%66']],
  ['an encoded backslash', ['/a%5cb', '/..%5C', '/a%255cb', '/a%25255Cb']],
  ['a dot segment', [
    '/.', '/..', '/./', '/../', '/a/..', '/a/../b', '/a/./b', '//../', '/%2e', '/%2E%2e/x', '/.%2e/x', '/a/%2e%2e', '/%252e%252e/x',
    '/%25252e%25252e/x', '/%2e%252e/x', '/%25%32%65./x', '/..;/x', '/.;x/y', '/..;a=b/x', '/..%3bx/y', '/..%253b/x', '/%2e%2e;/',
    '/..%20/x', '/%20../x', '/..%3f', '/..%23x', '/ws/000/../../admin'
  ]],
  ['a segment without a name', ['/000/;x/jsonp', '/000/%20/jsonp', '/000/%3bx/jsonp', '/%20;x/abcd/xhr', '/;a/']],
  ['percent-encoding nested too deep', ['/%2525252e', '/%25252541', `/%${'25'.repeat(4000)}2e`]]
] as const
for (const [message, paths] of faults) {
  for (const path of paths) {
    t.test(`refuses ${JSON.stringify(path.slice(0, 40))} for ${message}`, async t => {
      t.equal(findPathFault(path), message)
    })
  }
}

t.test('answers alike for the same path again, as no pattern keeps a position', async t => {
  for (const path of ['/../x', '/a%2fb', '/a b']) t.equal(findPathFault(path), findPathFault(path))
})
