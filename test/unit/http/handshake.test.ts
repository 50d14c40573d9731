import t from 'tap'
import { acceptOf, asksForH2c, findSwitchFault, readUpgrade, writeSwitch } from '../../../src/http/handshake.js'

/** RFC 6455 §1.3. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

const UPGRADE = ['Upgrade', 'websocket']
const CONNECTION = ['Connection', 'Upgrade']
const VERSION = ['Sec-WebSocket-Version', '13']
const KEY_LINE = ['Sec-WebSocket-Key', KEY]

function read (lines: ReadonlyArray<readonly string[]>, { method = 'GET', httpVersion = '1.1' } = {}) {
  return readUpgrade({ method, httpVersion, rawHeaders: lines.flat() })
}

t.test('answers the key of RFC 6455 §1.3 as the RFC does', async t => {
  t.equal(acceptOf(KEY), ACCEPT)
})

const accepted = [
  ['the handshake of RFC 6455 §1.2', [UPGRADE, CONNECTION, KEY_LINE, VERSION]],
  ['any case of the tokens', [['UPGRADE', 'WebSocket'], ['connection', 'UPGRADE'], KEY_LINE, VERSION]],
  ['Upgrade among other Connection options', [UPGRADE, ['Connection', 'keep-alive, Upgrade'], KEY_LINE, VERSION]],
  ['Connection on two lines', [UPGRADE, ['Connection', 'keep-alive'], CONNECTION, KEY_LINE, VERSION]],
  ['a length of no bytes, as Java sends it,', [UPGRADE, CONNECTION, KEY_LINE, VERSION, ['Content-Length', '0']]]
] satisfies Array<[string, Array<readonly string[]>]>
for (const [name, lines] of accepted) {
  t.test(`takes ${name} for a handshake`, async t => { t.same(read([...lines]), { kind: 'websocket', key: KEY }) })
}

const protocols = [
  [true, 'h2c', [['Upgrade', 'h2c']]],
  [true, 'H2C', [['upgrade', 'H2C']]],
  [false, 'websocket', [UPGRADE]],
  [false, 'h2c among others', [['Upgrade', 'h2c, websocket']]],
  [false, 'h2c on two lines', [['Upgrade', 'h2c'], ['Upgrade', 'h2c']]],
  [false, 'nothing', []]
] satisfies Array<[boolean, string, Array<readonly string[]>]>
t.test('h2c alone is an upgrade that may be ignored', async t => {
  for (const [asks, name, lines] of protocols) t.equal(asksForH2c([...lines].flat()), asks, name)
})

const versions = [
  ['none', []], ['8', [['Sec-WebSocket-Version', '8']]], ['013', [['Sec-WebSocket-Version', '013']]],
  ['a list', [['Sec-WebSocket-Version', '13, 8']]], ['13 twice', [VERSION, VERSION]]
] satisfies Array<[string, Array<readonly string[]>]>
for (const [name, lines] of versions) {
  t.test(`another version than 13 is told so: ${name}`, async t => {
    t.same(read([UPGRADE, CONNECTION, KEY_LINE, ...lines]), { kind: 'version' })
  })
}

const invalid = [
  ['an unknown protocol', [['Upgrade', 'foo'], CONNECTION, KEY_LINE, VERSION], 'alone'],
  ['a list of protocols', [['Upgrade', 'websocket, h2c'], CONNECTION, KEY_LINE, VERSION], 'alone'],
  ['two Upgrade lines', [UPGRADE, UPGRADE, CONNECTION, KEY_LINE, VERSION], 'alone'],
  ['h2c twice', [['Upgrade', 'h2c, h2c'], CONNECTION], 'alone'],
  ['an empty Upgrade', [['Upgrade', ''], CONNECTION, KEY_LINE, VERSION], 'alone'],
  ['a protocol with a version', [['Upgrade', 'websocket/13'], CONNECTION, KEY_LINE, VERSION], 'alone'],
  ['a body with a length', [UPGRADE, CONNECTION, KEY_LINE, VERSION, ['Content-Length', '5']], 'body'],
  ['two lengths of no bytes', [UPGRADE, CONNECTION, KEY_LINE, VERSION, ['Content-Length', '0'], ['Content-Length', '0']], 'body'],
  ['a list of lengths of no bytes', [UPGRADE, CONNECTION, KEY_LINE, VERSION, ['Content-Length', '0, 0']], 'body'],
  ['a length of no bytes in an odd spelling', [UPGRADE, CONNECTION, KEY_LINE, VERSION, ['Content-Length', '00']], 'body'],
  ['an empty length', [UPGRADE, CONNECTION, KEY_LINE, VERSION, ['Content-Length', '']], 'body'],
  ['a length of no bytes beside chunks', [UPGRADE, CONNECTION, KEY_LINE, VERSION, ['Content-Length', '0'], ['Transfer-Encoding', 'chunked']], 'body'],
  ['a body in chunks', [UPGRADE, CONNECTION, KEY_LINE, VERSION, ['Transfer-Encoding', 'chunked']], 'body'],
  ['h2c', [['Upgrade', 'h2c'], CONNECTION], 'alone'],
  ['Connection without Upgrade', [UPGRADE, ['Connection', 'keep-alive'], KEY_LINE, VERSION], 'Connection'],
  ['Connection with a longer word', [UPGRADE, ['Connection', 'upgrades'], KEY_LINE, VERSION], 'Connection'],
  ['no Connection', [UPGRADE, KEY_LINE, VERSION], 'Connection'],
  ['no key', [UPGRADE, CONNECTION, VERSION], 'Key'],
  ['two keys', [UPGRADE, CONNECTION, VERSION, KEY_LINE, KEY_LINE], 'Key'],
  ['a key of 15 bytes', [UPGRADE, CONNECTION, VERSION, ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25j']], 'Key'],
  ['a key without padding', [UPGRADE, CONNECTION, VERSION, ['Sec-WebSocket-Key', KEY.slice(0, -2)]], 'Key'],
  ['a key with spare bits', [UPGRADE, CONNECTION, VERSION, ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZR==']], 'Key'],
  ['a key of other letters', [UPGRADE, CONNECTION, VERSION, ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25j-_==']], 'Key']
] as const
for (const [name, lines, message] of invalid) {
  t.test(`refuses ${name}`, async t => {
    t.match(read([...lines] as string[][]), { kind: 'invalid', message: new RegExp(message) })
  })
}

t.test('refuses another method than GET and another version than HTTP/1.1', async t => {
  const lines = [UPGRADE, CONNECTION, KEY_LINE, VERSION]
  t.match(read(lines, { method: 'POST' }), { kind: 'invalid', message: /GET/ })
  t.match(read(lines, { httpVersion: '1.0' }), { kind: 'invalid', message: /HTTP\/1\.1/ })
})

const switches = [
  ['the answer of RFC 6455 §1.3', [UPGRADE, CONNECTION, ['Sec-WebSocket-Accept', ACCEPT]], undefined],
  ['any case of the tokens', [['upgrade', 'WEBSOCKET'], ['connection', 'UPGRADE'], ['sec-websocket-accept', ACCEPT]], undefined],
  ['another protocol', [['Upgrade', 'h2c'], CONNECTION, ['Sec-WebSocket-Accept', ACCEPT]], /Upgrade/],
  ['no protocol', [CONNECTION, ['Sec-WebSocket-Accept', ACCEPT]], /Upgrade/],
  ['two protocols', [['Upgrade', 'websocket, h2c'], CONNECTION, ['Sec-WebSocket-Accept', ACCEPT]], /Upgrade/],
  ['no Connection', [UPGRADE, ['Sec-WebSocket-Accept', ACCEPT]], /Connection/],
  ['no accept', [UPGRADE, CONNECTION], /another key/],
  ['the accept of another key', [UPGRADE, CONNECTION, ['Sec-WebSocket-Accept', acceptOf('x')]], /another key/],
  ['an accept in lower case', [UPGRADE, CONNECTION, ['Sec-WebSocket-Accept', ACCEPT.toLowerCase()]], /another key/],
  ['two accepts', [UPGRADE, CONNECTION, ['Sec-WebSocket-Accept', ACCEPT], ['Sec-WebSocket-Accept', ACCEPT]], /another key/]
] as const
for (const [name, lines, fault] of switches) {
  t.test(`a 101 with ${name} ${fault === undefined ? 'opens a tunnel' : 'opens none'}`, async t => {
    const found = findSwitchFault(lines.flat(), KEY)
    if (fault === undefined) t.equal(found, undefined)
    else t.match(found, fault)
  })
}

t.test('the 101 for the client keeps subprotocol, extensions and cookies, and adds our own lines', async t => {
  const raw = [UPGRADE, CONNECTION, ['Sec-WebSocket-Accept', ACCEPT], ['Sec-WebSocket-Protocol', 'v12.stomp'],
    ['Sec-WebSocket-Extensions', 'permessage-deflate'], ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2'],
    ['Access-Control-Allow-Origin', '*'], ['Vary', 'Accept']].flat()
  t.equal(writeSwitch(raw, { vary: 'Origin' }), [
    'HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${ACCEPT}`, 'Sec-WebSocket-Protocol: v12.stomp',
    'Sec-WebSocket-Extensions: permessage-deflate', 'Set-Cookie: a=1', 'Set-Cookie: b=2',
    'vary: Origin, Accept', '', ''
  ].join('\r\n'))
})
