import t from 'tap'
import { pathBelow, readTarget, targetOf } from '../../../src/http/target.js'

const accepted = [
  ['/', '/', ''],
  ['/a?b=c', '/a', '?b=c'],
  ['/a?', '/a', '?'],
  ['/a?b?c=/d/../e', '/a', '?b?c=/d/../e'],
  ['//a//b', '//a//b', ''],
  ['/%7ea/%2E', '/%7ea/%2E', ''],
  ['http://chat.test/a?b', '/a', '?b'],
  ['HTTP://CHAT.test:80/a', '/a', ''],
  ['https://chat.test', '/', ''],
  ['http://chat.test?x=1', '/', '?x=1']
] as const
for (const [url, path, query] of accepted) {
  t.test(`takes ${url} for the path ${path} and the query '${query}'`, async t => {
    t.same(readTarget(url, ['chat.test']), { path, query, host: 'chat.test' })
  })
}

t.test('an absolute target and Host agree when only one of them spells the default port', async t => {
  t.match(readTarget('http://chat.test/', ['chat.test:80']), { path: '/' })
  t.match(readTarget('http://chat.test:8080/', ['chat.test:8080']), { path: '/' })
})

const refused = [
  ['no Host', '/', [], 'host', 'there is none'],
  ['two Host lines', '/', ['chat.test', 'chat.test'], 'host', 'there are two'],
  ['an empty Host', '/', [''], 'host', 'not a host name'],
  ['user-info in Host', '/', ['a@chat.test'], 'host', 'not a host name'],
  ['a list in Host', '/', ['a.test, b.test'], 'host', 'not a host name'],
  ['another host in the target', 'http://evil.test/', ['chat.test'], 'host', 'names another one'],
  ['another port in the target', 'http://chat.test:81/', ['chat.test'], 'host', 'names another one'],
  ['user-info in the target', 'http://chat.test@evil.test/', ['chat.test'], 'host', 'names another one'],
  ['a backslash after the host', 'http://chat.test\\@evil.test/', ['chat.test'], 'host', 'names another one'],
  ['no host in the target', 'http:///a', ['chat.test'], 'host', 'names another one'],
  ['asterisk-form', '*', ['chat.test'], 'path', 'start with a slash'],
  ['authority-form', 'chat.test:443', ['chat.test'], 'path', 'start with a slash'],
  ['another scheme', 'ftp://chat.test/', ['chat.test'], 'path', 'start with a slash'],
  ['an empty target', '', ['chat.test'], 'path', 'start with a slash'],
  ['a fragment', '/a#b', ['chat.test'], 'path', 'fragment'],
  ['a fragment in the query', '/a?b#c', ['chat.test'], 'path', 'fragment'],
  ['a fragment right after the host', 'http://chat.test#@evil.test/', ['chat.test'], 'path', 'fragment']
] as const
for (const [name, url, hosts, fault, message] of refused) {
  t.test(`refuses ${name}`, async t => {
    t.match(readTarget(url, hosts), { fault, message: new RegExp(message) })
  })
}

const below = [
  ['/stomp', '/stomp', ''],
  ['/stomp', '/stomp/', '/'],
  ['/stomp', '/stomp/ws/info', '/ws/info'],
  ['/stomp', '/stomp//ws', '//ws'],
  ['/stomp', '/stompede', undefined],
  ['/stomp', '/STOMP/ws', undefined],
  ['/stomp', '/st%6fmp/ws', undefined],
  ['/stomp', '/', undefined],
  ['/a/b', '/a/b/c', '/c']
] as const
for (const [prefix, path, rest] of below) {
  t.test(`below ${prefix}, ${path} is ${rest === undefined ? 'nothing' : `'${rest}'`}`, async t => {
    t.equal(pathBelow(prefix, path), rest)
  })
}

const targets = [
  ['', '/ws/info', '?t=1', '/ws/info?t=1'],
  ['/stomp', '/ws/info', '', '/stomp/ws/info'],
  ['', '', '', '/'],
  ['', '', '?x', '/?x'],
  ['/stomp', '', '?x', '/stomp?x'],
  ['', '/%7e/a b', '?%zz', '/%7e/a b?%zz']
] as const
for (const [base, rest, query, target] of targets) {
  t.test(`'${base}' + '${rest}' + '${query}' is asked for as ${target}`, async t => {
    t.equal(targetOf(base, rest, query), target)
  })
}
