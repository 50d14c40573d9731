import t from 'tap'
import { ResponseFault, ResponseReader } from '../../../src/http/response-reader.js'

/** Reads `text` in pieces of `size` bytes into one buffer that is used again, as a connection does. */
function readAll (text: string, { size = text.length, method = 'GET', closes = false } = {}) {
  const reader = new ResponseReader(method)
  const shared = Buffer.alloc(size)
  const seen = { status: 0, heads: 0, body: '', ends: 0, keepMs: 0 }
  const note = (part: ReturnType<ResponseReader['close']>) => {
    if (part === undefined) return
    if (part.head !== undefined) {
      seen.heads++
      seen.status = part.head.status
    }
    for (const bytes of part.body) seen.body += bytes.toString('latin1')
    if (part.ended) seen.ends++
  }
  for (let at = 0; at < text.length; at += size) {
    const written = shared.write(text.slice(at, at + size), 'latin1')
    note(reader.read(shared.subarray(0, written)))
    shared.fill('?')
  }
  if (closes) note(reader.close())
  return { ...seen, keepMs: reader.keepMs }
}

const whole = [
  ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody', 'body'],
  ['a length of 0', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', ''],
  ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n', 'body'],
  ['interim answers before it', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody', 'body']
] as const
for (const [name, text, body] of whole) {
  t.test(`an answer with ${name} is whole, however it is split`, async t => {
    for (let size = 1; size <= text.length; size++) {
      t.strictSame(readAll(text, { size }), { status: 200, heads: 1, body, ends: 1, keepMs: 4_000 })
    }
  })
}

t.test('an answer without framing lasts until the connection is closed', async t => {
  const text = 'HTTP/1.1 200 OK\r\n\r\nbody'
  for (let size = 1; size <= text.length; size++) {
    t.match(readAll(text, { size }), { body: 'body', ends: 0 })
    t.match(readAll(text, { size, closes: true }), { body: 'body', ends: 1 })
  }
})

t.test('an answer to HEAD ends with its head', async t => {
  t.match(readAll('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n', { method: 'HEAD' }), { body: '', ends: 1, keepMs: 4_000 })
})

t.test('an answer that is cut short has no end', async t => {
  const cut = ['', 'HTTP/1.1 200', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbod',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo', 'HTTP/1.1 102 Processing\r\n\r\n']
  for (const text of cut) t.equal(readAll(text, { size: 100, closes: true }).ends, 0)
})

const kept = [
  ['nothing said', '1.1', '', 4_000],
  ['close', '1.1', 'Connection: close\r\n', 0],
  ['close among others', '1.1', 'Connection: foo , CLOSE\r\n', 0],
  ['a name that contains close', '1.1', 'Connection: closed\r\n', 4_000],
  ['a time', '1.1', 'Connection: keep-alive\r\nKeep-Alive: timeout=20, max=5\r\n', 18_000],
  ['a long time', '1.1', 'Keep-Alive: timeout=86400\r\n', 60_000],
  ['a short time', '1.1', 'Keep-Alive: max=5,timeout=2\r\n', 0],
  ['a time that is none', '1.1', 'Keep-Alive: timeout=soon\r\n', 4_000],
  ['HTTP/1.0', '1.0', 'Connection: keep-alive\r\n', 0]
] as const
for (const [name, version, lines, keepMs] of kept) {
  t.test(`a connection with ${name} is kept for ${keepMs} ms`, async t => {
    t.equal(readAll(`HTTP/${version} 200 OK\r\n${lines}Content-Length: 0\r\n\r\n`).keepMs, keepMs)
  })
}

t.test('a connection on which more comes than the answer is not kept', async t => {
  const text = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody'
  t.match(readAll(`${text}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`), { heads: 1, body: 'body', ends: 1, keepMs: 0 })
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
  t.match(readAll(`${chunked}HTTP/1.1 200 OK`), { heads: 1, body: '', ends: 1, keepMs: 0 })
})

const faults = [
  ['a head over 16 KiB, whole', `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(16_384)}\r\n\r\n`, /16 KiB/],
  ['a head over 16 KiB that goes on', `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(16_384)}`, /16 KiB/],
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', /none of HTTP/],
  ['the first letter of another protocol', '2', /none of HTTP/],
  ['another protocol after an interim answer', 'HTTP/1.1 100 Continue\r\n\r\nSSH-2.0', /none of HTTP/],
  ['a head that is none', 'HTTP/1.1 200 OK\r\nA : b\r\n\r\n', /none of HTTP/],
  ['a head whose lines end in LF alone', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', /none of HTTP/],
  ['an LF alone within a head', 'HTTP/1.1 200 OK\r\nA: b\nContent-Length: 2', /none of HTTP/],
  ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\n\r\n', /unasked/],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', /not clear/],
  ['chunks that are none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nevil', /chunks/]
] as const
for (const [name, text, message] of faults) {
  t.test(`${name} is a fault`, async t => {
    t.throws(() => readAll(text, { size: 1_000 }), { message })
    t.throws(() => readAll(text, { size: 1 }), ResponseFault)
  })
}

t.test('what comes after the end is a fault', async t => {
  const reader = new ResponseReader('GET')
  reader.read(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
  t.throws(() => reader.read(Buffer.from('x')), ResponseFault)
})
