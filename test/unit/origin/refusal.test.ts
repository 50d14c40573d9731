import t from 'tap'
import { describeRefusal, shownOrigin } from '../../../src/origin/refusal.js'

t.test('quotes no more than 80 characters of an origin', async t => {
  const longest = 'a'.repeat(80)
  t.ok(describeRefusal('not-listed', longest).includes(`"${longest}"`))
  t.ok(describeRefusal('not-listed', `${longest}bc`).includes(`"${longest}..."`))
  t.ok(describeRefusal('malformed', 'x'.repeat(16_384)).length < 250)
})

t.test('quotes only characters that are harmless in HTML, JSON, a header and a terminal', async t => {
  const hostile = '<img src=x onerror=alert(1)>"\'&\\\r\n\u0000\u001b[31m\u00e9\u202e%0d'
  for (const reason of ['not-listed', 'malformed'] as const) {
    const message = describeRefusal(reason, hostile)
    t.ok(message.includes('"?img?src?x?onerror?alert?1??????????[31m???0d"'), message)
    t.match(message, /^[\x20-\x7e]+$/)
  }
})

t.test('gives every reason a sentence of its own with a mend', async t => {
  const reasons = ['duplicate', 'empty', 'malformed', 'null', 'not-listed', 'missing', 'cross-site'] as const
  const messages = reasons.map(reason => describeRefusal(reason))
  t.equal(new Set(messages).size, reasons.length)
  for (const message of messages) t.match(message, /: (?:send|serve|add|make) /)
})

t.test('shows the Origin lines of a request in a log without what a terminal would obey', async t => {
  t.equal(shownOrigin(['a\u0000\u001b[2J\u007f\u0085\u009b31m', '\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029b']),
    'a\ufffd\ufffd[2J\ufffd\ufffd\ufffd31m | \ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdb')
  t.equal(shownOrigin(['https://m\u00fcnchen.example.com']), 'https://m\u00fcnchen.example.com')
  t.equal(shownOrigin(['x'.repeat(300)]), 'x'.repeat(256))
})
