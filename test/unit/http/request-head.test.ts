import t from 'tap'
import { writeRequestHead, type OutgoingHead } from '../../../src/http/request-head.js'

const REQUEST: OutgoingHead = {
  method: 'GET', target: '/a?b', authority: 'chat:8080', headers: ['X-A', 'b', 'x-a', '\xfc'], body: 'none', then: 'keep'
}

const framings = [['none', ''], ['chunked', 'Transfer-Encoding: chunked\r\n'], ['12', 'Content-Length: 12\r\n']] as const
for (const [body, line] of framings) {
  t.test(`writes a head whose body is framed by ${body}`, async t => {
    t.equal(writeRequestHead({ ...REQUEST, body }),
      `GET /a?b HTTP/1.1\r\nHost: chat:8080\r\nConnection: keep-alive\r\nX-A: b\r\nx-a: \xfc\r\n${line}\r\n`)
  })
}

t.test('says that a connection is not kept', async t => {
  t.match(writeRequestHead({ ...REQUEST, then: 'close' }), '\r\nConnection: close\r\n')
})

t.test('asks for WebSocket', async t => {
  t.equal(writeRequestHead({ ...REQUEST, then: 'switch' }),
    'GET /a?b HTTP/1.1\r\nHost: chat:8080\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-A: b\r\nx-a: \xfc\r\n\r\n')
})

const escapes = [
  ['a target with a blank', { target: '/a HTTP/1.1' }, /target/],
  ['a target with a line end', { target: '/a\r\nX:' }, /target/],
  ['a target with a bare LF', { target: '/a\nX:' }, /target/],
  ['no target', { target: '' }, /target/],
  ['a target outside latin1', { target: '/\u010a' }, /target/],
  ['a name with a line end', { headers: ['X\r\nY', 'a'] }, /header line/],
  ['a name with a colon', { headers: ['X:', 'a'] }, /header line/],
  ['a name with an LF behind it', { headers: ['X\n', 'a'] }, /header line/],
  ['a value with a line end', { headers: ['X', 'a\r\nY: b'] }, /header line/],
  ['a value with an LF behind it', { headers: ['X', 'a\n'] }, /header line/],
  ['a value whose low byte is an LF', { headers: ['X', '\u010a'] }, /header line/]
] as const
for (const [name, part, message] of escapes) {
  t.test(`does not write ${name}`, async t => {
    t.throws(() => writeRequestHead({ ...REQUEST, ...part }), { name: 'TypeError', message })
  })
}
