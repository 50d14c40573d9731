import t from 'tap'
import { parseOrigin } from '../../../src/origin/origin.js'
import { createPatternIndex, type IndexedEntry } from '../../../src/origin/pattern-index.js'

function indexPatterns (entries: readonly IndexedEntry[]) {
  const index = createPatternIndex()
  for (const entry of entries) index.add(entry)
  return index.find
}

const find = indexPatterns([
  { entry: 'deep', scheme: 'https', host: '*.a.b.example.com', ports: [''] },
  { entry: 'wide', scheme: 'https', host: '*.example.com', ports: ['', '8443'] },
  { entry: 'glob', scheme: 'https', host: 'app-*.example.com', ports: ['9000'] },
  { entry: 'rooted', scheme: 'https', host: '*.example.com.', ports: [''] },
  { entry: 'any port', scheme: 'http', host: 'localhost', ports: 'any' },
  { entry: 'any port of an address', scheme: 'http', host: '127.0.0.1', ports: 'any' },
  { entry: 'any port of IPv6', scheme: 'http', host: '[::1]', ports: 'any' }
])

const rows = [
  ['https://x.example.com', 'wide'],
  ['https://x.example.com:8443', 'wide'],
  ['https://app-1.example.com:9000', 'glob'],
  ['https://x.example.com.', 'rooted'],
  ['http://localhost', 'any port'],
  ['http://localhost:5173', 'any port'],
  ['http://127.0.0.1:1', 'any port of an address'],
  ['http://[::1]:1', 'any port of IPv6'],
  ['https://example.com', undefined],
  ['https://example.com.', undefined],
  ['https://com', undefined],
  ['https://evilexample.com', undefined],
  ['https://x.example.com:9000', undefined],
  ['https://x.example.com.:8443', undefined],
  ['http://x.example.com', undefined],
  ['https://localhost', undefined],
  ['http://x.localhost', undefined],
  ['http://localhost.', undefined],
  ['http://1.127.0.0.example', undefined],
  ['capacitor://localhost', undefined]
] as const
for (const [text, entry] of rows) {
  t.test(`${text} meets ${entry === undefined ? 'no entry' : `the entry "${entry}"`}`, async t => {
    t.equal(find(parseOrigin(text)!), entry)
  })
}

t.test('asks both entries of two that share a suffix', async t => {
  const both = indexPatterns([
    { entry: 'first', scheme: 'https', host: 'a-*.example.com', ports: [''] },
    { entry: 'second', scheme: 'https', host: 'b-*.example.com', ports: [''] }
  ])
  t.equal(both(parseOrigin('https://a-1.example.com')!), 'first')
  t.equal(both(parseOrigin('https://b-1.example.com')!), 'second')
})

t.test('reaches the deepest suffix that is listed', async t => {
  const deepOnly = indexPatterns([{ entry: 'deep', scheme: 'https', host: '*.a.b.example.com', ports: [''] }])
  t.equal(deepOnly(parseOrigin('https://x.y.a.b.example.com')!), 'deep')
  t.equal(deepOnly(parseOrigin('https://x.y.b.example.com')!), undefined)
})

t.test('finds nothing when nothing is listed', async t => {
  t.equal(indexPatterns([])(parseOrigin('https://example.com')!), undefined)
})
