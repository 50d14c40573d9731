import t from 'tap'
import { decodeFrame, encodeFrame } from '../../../src/demo/stomp-frame.js'

/** Decodes a frame as the parser hands it on: lines split, nothing unescaped. */
const decode = (command: string, headers: Array<[string, string]>, body: string | Uint8Array = '') =>
  decodeFrame({ command, headers, binaryBody: Buffer.from(body) })

t.test('takes the first of repeated headers', async t => {
  t.match(decode('SEND', [['foo', 'first'], ['foo', 'second']]), { headers: new Map([['foo', 'first']]) })
})

t.test('keeps header values as they are, spaces and colons included', async t => {
  t.match(decode('SEND', [['a', ' b : c ']]), { headers: new Map([['a', ' b : c ']]) })
})

t.test('keeps names that objects have by nature apart from them', async t => {
  const frame = decode('SEND', [['__proto__', 'x'], ['constructor', 'y']])
  t.strictSame(typeof frame === 'object' && [...frame.headers], [['__proto__', 'x'], ['constructor', 'y']])
})

t.test('unescapes names and values in one pass', async t => {
  t.strictSame(decode('SEND', [['a\\cb', '1\\n2\\r3\\c4\\\\n5']]), {
    command: 'SEND', headers: new Map([['a:b', '1\n2\r3:4\\n5']]), body: ''
  })
})

for (const command of ['CONNECT', 'STOMP', 'CONNECTED']) {
  t.test(`leaves the headers of ${command} as they are`, async t => {
    t.match(decode(command, [['passcode', 'a\\nb\\t']]), { headers: new Map([['passcode', 'a\\nb\\t']]) })
    t.equal(encodeFrame(command, [['passcode', 'a\\nb']]), `${command}\npasscode:a\\nb\n\n\0`)
  })
}

for (const header of [['a', '\\t'], ['\\t', 'a'], ['a', 'b\\']] as Array<[string, string]>) {
  t.test(`does not decode the header ${header.join(':')}, whose escape is unknown`, async t => {
    t.equal(decode('SEND', [header]), 'a header holds an unknown escape sequence')
  })
}

t.test('does not decode a body that is not UTF-8', async t => {
  t.equal(decode('SEND', [], Buffer.from([0xff])), 'the body is not UTF-8 text')
})

t.test('encodes a frame escaped, counted in bytes and terminated', async t => {
  t.equal(encodeFrame('MESSAGE', [['a:b\\', 'x\ny\r:']], 'ü\0\n'),
    'MESSAGE\na\\cb\\\\:x\\ny\\r\\c\ncontent-length:4\n\nü\0\n\0')
})

t.test('encodes a frame without a body without a content-length', async t => {
  t.equal(encodeFrame('RECEIPT', [['receipt-id', '1']]), 'RECEIPT\nreceipt-id:1\n\n\0')
})
