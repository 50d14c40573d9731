import t from 'tap'
import { AnswerHeads } from '../../../src/http/answer-heads.js'

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nVary: Accept\r\n'

t.test('reads a head that comes again as it did the first time', async t => {
  const heads = new AnswerHeads()
  const first = heads.read(HEAD)
  t.match(first, { status: 200, reason: 'OK', framing: 3, keepMs: 4_000 })
  t.equal(heads.read(`${HEAD}`), first)
  t.not(heads.read(HEAD.replace('3', '4')), first)
  t.equal(heads.size, 2)
})

t.test('keeps nothing of what is no head', async t => {
  const heads = new AnswerHeads()
  t.equal(heads.read('HTTP/1.1 200 OK\r\nbroken\r\n'), undefined)
  t.equal(heads.size, 0)
})

t.test('keeps no head that sets a cookie, and no long one', async t => {
  const heads = new AnswerHeads()
  t.match(heads.read(`${HEAD}Set-Cookie: a=1\r\n`), { status: 200 })
  t.match(heads.read(`${HEAD}SET-COOKIE: a=1\r\n`), { status: 200 })
  t.match(heads.read(`${HEAD}X-Long: ${'x'.repeat(1_024)}\r\n`), { status: 200 })
  t.equal(heads.size, 0)
})

t.test('keeps 64 heads at most', async t => {
  const heads = new AnswerHeads()
  for (let i = 0; i < 1_000; i++) {
    t.match(heads.read(`HTTP/1.1 200 OK\r\nX: ${i}\r\n`)?.headers, ['X', String(i)])
    if (heads.size > 64) t.fail(`${heads.size} heads are kept`)
  }
})

t.test('keeps a head alone, and not what came with it', async t => {
  const heads = new AnswerHeads()
  const { heapUsed } = process.memoryUsage()
  for (let i = 0; i < 60; i++) {
    const came = `HTTP/1.1 200 OK\r\nX-Number: ${i}\r\n\r\n${'x'.repeat(1_000_000)}`
    heads.read(came.slice(0, came.indexOf('\r\n\r\n') + 2))
  }
  // 60 MB would be held otherwise; what is garbage may stand for a while, so allocate until it is collected.
  const grown = () => process.memoryUsage().heapUsed - heapUsed
  for (let i = 0; grown() > 30_000_000 && i < 500; i++) String(i).padEnd(1_000_000)
  t.ok(grown() < 30_000_000)
  t.equal(heads.size, 60)
})

t.test('gives each origin its own lines, whoever asked before', async t => {
  const head = new AnswerHeads().read(HEAD)!
  const lines = ['Content-Type', 'text/plain', 'Content-Length', '3']
  const own = (origin: string) => ({ vary: 'Origin', 'access-control-allow-origin': origin })
  const [a, b] = ['https://a.test', 'https://b.test']
  const expected = (origin: string) => [...lines, 'access-control-allow-origin', origin, 'vary', 'Origin, Accept']
  for (const origin of [a, a, b, a]) t.same(head.linesWith(own(origin)), expected(origin))
  t.same(head.linesWith({ vary: 'Origin' }), [...lines, 'vary', 'Origin, Accept'], 'one line less')
  t.same(head.linesWith({ ...own(a), connection: 'close' }), [
    ...lines, 'access-control-allow-origin', a, 'connection', 'close', 'vary', 'Origin, Accept'
  ], 'one line more')
  t.same(head.linesWith({}), [...lines, 'vary', 'Accept'])
})
