import t from 'tap'
import { MAX_ENTRIES, MAX_ENTRY_LENGTH, parseOriginBytes, parseOriginDocument } from '../../../src/origin/document.js'

const taken: ReadonlyArray<readonly [name: string, text: string, entries: readonly string[]]> = [
  ['one entry a line', 'https://a.example.com\nhttps://b.example.com', ['https://a.example.com', 'https://b.example.com']],
  ['CRLF, CR, a byte order mark and blank lines', '\uFEFFhttps://a.example.com\r\n\r\n \t\r\nnull\r*\n', ['https://a.example.com', 'null', '*']],
  ['comments of whole lines and after white space', '# ours\nhttps://a.example.com  # app\n\t#x\nnull\t#', ['https://a.example.com', 'null']],
  ['no comment without white space before it', 'https://a.example.com#app', ['https://a.example.com#app']],
  ['commas between ports', 'http://localhost:[3000,5173]', ['http://localhost:[3000,5173]']],
  ['comments alone, which allow nobody', '# nobody for now\n', []],
  ['a comment with a line separator in it', `* ${'# '.repeat(9)}\u2028x`, ['*']],
  ['JSON with brackets in strings, and what else there is 32 deep', `{"a":"\\"${'['.repeat(40)}","b":${'['.repeat(31)}${']'.repeat(31)},"origins":["*"]}`, ['*']],
  ['a JSON array', ' [\n"https://a.example.com", " null "]\n', ['https://a.example.com', 'null']],
  ['an empty JSON array', '[]', []],
  ['a JSON object with origins, and whatever else', '\uFEFF{"version":3,"origins":["*"]}', ['*']],
  ['what only the linter can judge', 'example.com\n[', ['example.com', '[']]
]
for (const [name, text, entries] of taken) {
  t.test(`takes ${name}`, async t => { t.same(parseOriginDocument(text), entries) })
}

const long = 'x'.repeat(MAX_ENTRY_LENGTH)
const refused: ReadonlyArray<readonly [name: string, text: string, message: string]> = [
  ['an empty text', '', 'it is empty: to allow no origin, write [] or a comment line'],
  ['white space alone', '\uFEFF \r\n\n', 'it is empty: to allow no origin, write [] or a comment line'],
  ['an HTML page', '\n<!doctype html><p>Sign in', 'it is an HTML page, not a list: name the document itself'],
  ['a NUL byte', 'https://a.example.com\n\0', 'it holds a NUL byte, so it is no text: save it as UTF-8'],
  ['two entries on a line', 'null\r\nhttps://a.example.com,https://b.example.com', 'line 2 holds a comma: write each entry by itself'],
  ['a comma after an entry', 'https://a.example.com:[1,2],', 'line 1 holds a comma: write each entry by itself'],
  ['a line that is too long', `#\n${long}y`, 'line 2 has 2049 characters: an entry has at most 2048'],
  ['JSON cut short', '{\n  "origins": [\n    "https://a.example.com"\n', 'line 3 is not JSON: write an array of strings, ["https://app.example.com"]'],
  ['a comma before the end of an array', '{"origins":["*",\n"null",\n\n]\n}', 'line 4 is not JSON: write an array of strings, ["https://app.example.com"]'],
  ['a comma that is missing', '["*"\n"null"\n]', 'line 2 is not JSON: write an array of strings, ["https://app.example.com"]'],
  ['a comma too many', '["*",\n\n,"null"\n]', 'line 3 is not JSON: write an array of strings, ["https://app.example.com"]'],
  ['a colon out of place', '["*",\n:1\n]', 'line 2 is not JSON: write an array of strings, ["https://app.example.com"]'],
  ['a name without quotes', '{\norigins: []}', 'line 2 is not JSON: write an array of strings, ["https://app.example.com"]'],
  ['text after the end', '{"a":[1,true]}\n["*"]', 'line 2 is not JSON: write an array of strings, ["https://app.example.com"]'],
  ['a string with a line break', '["a\nb"]', 'line 1 is not JSON: write an array of strings, ["https://app.example.com"]'],
  ['the wrong bracket', '["a"\n}', 'line 2 is not JSON: write an array of strings, ["https://app.example.com"]'],
  ['a JSON object without origins', '{"origin":["*"]}', 'its JSON has no array of origins: write ["https://app.example.com"] or { "origins": [...] }'],
  ['origins that are no array', '{"origins":"*"}', 'its JSON has no array of origins: write ["https://app.example.com"] or { "origins": [...] }'],
  ['an item that is no string', '["*",null]', 'item 2 is no string: write every entry in double quotes'],
  ['an item with a comma', '["https://a,https://b"]', 'item 1 holds a comma: write each entry by itself'],
  ['JSON that is nested too deep', `{"version":"[{[{","a":${'['.repeat(32)}`, 'it is nested more than 32 deep: write an array of strings, ["https://app.example.com"]'],
  ['JSON that breaks after more than a list can hold', `[${'"",'.repeat(200_000)}`, 'it is not JSON: write an array of strings, ["https://app.example.com"]'],
  ['more lines than are looked at', '\n'.repeat(499_999) + '*\n', 'it has more than 500000 lines: shorten it'],
  ['a comma behind a bracket that is not closed', 'https://a:[1,2]:[3,4', 'line 1 holds a comma: write each entry by itself'],
  ['a comma between two lists of ports', 'https://a:[1],https://b:[2]', 'line 1 holds a comma: write each entry by itself'],
  ['an item that is too long', JSON.stringify(['*', `${long}y`]), 'item 2 has 2049 characters: an entry has at most 2048']
]
for (const [name, text, message] of refused) {
  t.test(`refuses ${name}, with the place and the mend`, async t => {
    t.throws(() => parseOriginDocument(text), { message })
  })
}

t.test('takes as many and as long entries as the limits say, and no more', async t => {
  const full = 'https://a\n'.repeat(MAX_ENTRIES)
  t.equal(parseOriginDocument(full).length, MAX_ENTRIES)
  t.throws(() => parseOriginDocument(`${full}null`), { message: 'it has 100001 entries: at most 100000 are taken' })
  t.same(parseOriginDocument(long), [long])
})

/** Spent by this process since then. */
function cpuMs (since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1_000
}

t.test('tells the line of a fault in a large document without trying again and again', async t => {
  const items = Array.from({ length: 90_000 }, (_, index) => `"https://host-${index}.example.com"`)
  const begun = process.cpuUsage() // the clock would count what else runs on the machine
  t.throws(() => parseOriginDocument(`[${items.join(',\n')}\n"null"]`), { message: /^line 90001 is not JSON/ })
  t.ok(cpuMs(begun) < 2_000)
})

t.test('bytes are read as UTF-8, and anything else is refused', async t => {
  t.same(parseOriginBytes(Buffer.from('\uFEFFhttps://bücher.example')), ['https://bücher.example'])
  const message = 'it is not UTF-8 text: save it as UTF-8'
  t.throws(() => parseOriginBytes(Buffer.from('https://bücher.example', 'latin1')), { message })
  t.throws(() => parseOriginBytes(Buffer.from('\uFEFFhttps://a.example', 'utf16le')), { message })
})

t.test('no document of 4 MiB holds the process up, however it is made', async t => {
  for (const text of [
    `x${'['.repeat(2_046)}\n`.repeat(2_047), // brackets that are never closed
    `${' #'.repeat(2_000_000)}\u2028x`, // beginnings of comments
    '['.repeat(4_000_000),
    `[${'0,'.repeat(2_000_000)}`,
    '\n'.repeat(4_000_000)
  ]) {
    const begun = process.cpuUsage()
    try {
      parseOriginDocument(text)
    } catch {}
    t.ok(cpuMs(begun) < 2_000, `${text.slice(0, 5)}… took ${cpuMs(begun)} ms`)
  }
})
