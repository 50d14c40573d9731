import t from 'tap'
import { findPrefixFault } from '../../../src/config/path-segments.js'

for (const prefix of ['/stomp', '/chat/v1', '/a.b_c~d-e', '/...', '/healthz/stomp', '/readyz2']) {
  t.test(`takes the prefix ${prefix}`, async t => { t.equal(findPrefixFault(prefix), undefined) })
}

const refused = [
  ['the root', '/', /would hide the gateway's own routes\. Write a path such as \/stomp/],
  ['no slash at the start', 'stomp', /'stomp' does not start with a slash\. Write such as \/stomp/],
  ['a slash at the end', '/stomp/', /'\/stomp\/' ends with a slash\. Remove it/],
  ['two slashes', '/a//b', /has an empty segment\. Write single slashes/],
  ['a dot segment', '/a/./b', /has a dot segment/],
  ['two dots', '/..', /has a dot segment/],
  ['a route parameter', '/:id', /has a character other than letters, digits and \. _ ~ -/],
  ['a wildcard', '/stomp/*', /has a character other than/],
  ['percent-encoding', '/%73tomp', /has a character other than/],
  ['a Unicode letter', '/caf\u00e9', /has a character other than/],
  ['a query', '/stomp?a', /has a character other than/],
  ['/healthz', '/healthz', /is answered by the gateway itself/],
  ['/readyz', '/readyz', /is answered by the gateway itself/]
] as const
for (const [name, prefix, message] of refused) {
  t.test(`refuses a prefix with ${name}`, async t => { t.match(findPrefixFault(prefix), message) })
}
