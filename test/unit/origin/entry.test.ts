import { readFileSync } from 'node:fs'
import t from 'tap'
import { lintEntry, splitEntries } from '../../../src/origin/entry.js'

interface Row { pattern: string, verdict: 'ok' | 'warn' | 'reject', why: string }

const file = 'test/unit/origin/vectors/allow-list-entries.json'
const rows = JSON.parse(readFileSync(file, 'utf8')) as Row[]

t.test('there are vectors of each verdict', async t => {
  t.strictSame([...new Set(rows.map(row => row.verdict))].sort(), ['ok', 'reject', 'warn'])
})

for (const { pattern, verdict, why } of rows) {
  t.test(`says ${verdict} to ${JSON.stringify(pattern)}: ${why || 'a plain entry'}`, async t => {
    const result = lintEntry(pattern)
    t.equal(result.verdict, verdict)
    t.equal(result.messages.length > 0, verdict !== 'ok')
    t.equal(result.pattern === undefined, verdict === 'reject')
  })
}

t.test('every message about an entry names a mend', async t => {
  for (const { pattern } of rows) {
    for (const message of lintEntry(pattern).messages) {
      t.match(message, /: (?:write|list|put|remove|make|name|serve|check)|and list that origin|, or list/, `${pattern}: ${message}`)
    }
  }
})

t.test('names the respelled entry once for all that was put right', async t => {
  t.strictSame(lintEntry(' HTTPS://*.B\u00fccher.Example:[443]/ '), {
    entry: 'HTTPS://*.B\u00fccher.Example:[443]/',
    verdict: 'warn',
    messages: ['browsers send the scheme in lower case; an origin ends without a slash; browsers send the host in ' +
      'lower case; browsers send this host as punycode; browsers never send the default port 443: ' +
      'write "https://*.xn--bcher-kva.example"'],
    pattern: { kind: 'origins', scheme: 'https', host: '*.xn--bcher-kva.example', ports: [''] }
  })
})

t.test('tells what was put right before what is risky', async t => {
  t.match(lintEntry('HTTP://a.com').messages, [/lower case: write "http:\/\/a\.com"$/, /serve it over https/])
})

const split = [
  ['nothing', '', []],
  ['commas and white space alone', ' , ,', []],
  ['one entry', ' https://a.com ', ['https://a.com']],
  ['several entries with white space around them', 'https://a.com , https://b.com,\n*', ['https://a.com', 'https://b.com', '*']],
  ['a port list, which keeps its commas', 'https://a.com:[1,2],https://b.com:[3]', ['https://a.com:[1,2]', 'https://b.com:[3]']],
  ['an IPv6 entry among others', 'http://[::1]:[1,2],null', ['http://[::1]:[1,2]', 'null']],
  ['an open bracket, which keeps the rest together', 'https://a.com:[1,https://b.com', ['https://a.com:[1,https://b.com']]
] as const
for (const [name, list, expected] of split) {
  t.test(`splits ${name}`, async t => { t.strictSame(splitEntries(list), expected) })
}
