import t from 'tap'
import { lintEntry } from '../../../src/origin/entry.js'
import { describeFaults } from '../../../src/origin/source-state.js'

t.test('names bad entries, a line each, without what a terminal would obey', async t => {
  const entries = ['https://a\u009b31m.example.com', 'https://\u202egro.example.com:x', 'app.example.com\u2066']
  const text = describeFaults(entries.map(lintEntry))
  t.notMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\u2028\u2029]/u)
  const lines = text.split('\n')
  t.equal(lines.length, 4)
  t.match(lines[1], /^"https:\/\/a\ufffd31m\.example\.com": /)
})

t.test('names a thousand bad entries, and counts the rest', async t => {
  const text = describeFaults(Array(1_002).fill(lintEntry('app')))
  t.match(text, /\nand 2 more$/)
  t.equal(text.split('\n').length, 1_002)
})
