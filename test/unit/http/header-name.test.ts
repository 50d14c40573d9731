import t from 'tap'
import { headerName, knownHeaderNames } from '../../../src/http/header-name.js'

t.test('knows a name by each of its spellings', async t => {
  for (const spelling of ['Transfer-Encoding', 'transfer-encoding', 'TRANSFER-ENCODING']) {
    t.match(headerName(spelling), { lower: 'transfer-encoding', isHopByHop: true, isRewritten: false, isCors: false })
  }
  t.match(headerName('Host'), { lower: 'host', isHopByHop: false, isRewritten: true })
  t.match(headerName('Access-Control-Max-Age'), { isHopByHop: false, isCors: true })
  t.match(headerName('Access-Controlled'), { isHopByHop: false, isRewritten: false, isCors: false })
})

t.test('reads underscores as dashes beside the name as it is', async t => {
  t.match(headerName('X_Forwarded_For'), { lower: 'x_forwarded_for', dashed: 'x-forwarded-for' })
})

t.test('tells what no header line can begin with', async t => {
  t.equal(headerName('!#$%&\'*+.^_`|~09AZaz-').isToken, true)
  for (const name of ['', 'a b', 'a:', 'a\r\nb', 'é', 'a\0']) t.equal(headerName(name).isToken, false, JSON.stringify(name))
})

t.test('gives the same answer for a spelling that comes again', async t => {
  t.equal(headerName('X-Again'), headerName('X-Again'))
})

t.test('keeps a thousand names at most, however many come', async t => {
  for (let i = 0; i < 5_000; i++) {
    t.equal(headerName(`X-Made-Up-${i}`).lower, `x-made-up-${i}`)
    if (knownHeaderNames() > 1_000) t.fail(`${knownHeaderNames()} names are kept`)
  }
  t.match(headerName('Connection'), { lower: 'connection', isHopByHop: true })
})

t.test('keeps a name alone, and not what it was cut out of', async t => {
  const { heapUsed } = process.memoryUsage()
  for (let i = 0; i < 60; i++) headerName(`x-cut-out-of-it-${i}:${'x'.repeat(1_000_000)}`.split(':')[0]!)
  const grown = () => process.memoryUsage().heapUsed - heapUsed
  // What is garbage may stand for a while, so allocate until it is collected.
  for (let i = 0; grown() > 30_000_000 && i < 500; i++) String(i).padEnd(1_000_000)
  t.ok(grown() < 30_000_000)
})

t.test('keeps no long name', async t => {
  const before = knownHeaderNames()
  t.equal(headerName('X'.repeat(65)).lower, 'x'.repeat(65))
  t.equal(knownHeaderNames(), before)
})
