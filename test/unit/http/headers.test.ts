import t from 'tap'
import {
  headerValues, listMembers, ownHeaders, requestHeadersToForward, responseHeadersToForward
} from '../../../src/http/headers.js'

const keepAll = () => false

t.test('finds every line of a name, in order, whatever its case', async t => {
  const raw = ['Origin', 'a', 'X-Origin', 'b', 'ORIGIN', 'c', 'origin', '']
  t.same(headerValues(raw, 'origin'), ['a', 'c', ''])
  t.same(headerValues(raw, 'cookie'), [])
  t.same(headerValues(['A', 'origin'], 'origin'), [], 'a value is no name')
})

t.test('reads list members over all lines, lower-case, without empty ones', async t => {
  const raw = ['Connection', 'Keep-Alive, ,Upgrade', 'connection', '\tX-Own ', 'CONNECTION', '']
  t.same(listMembers(raw, 'connection'), ['keep-alive', 'upgrade', 'x-own'])
  t.same(listMembers([], 'connection'), [])
})

const hopByHop = ['Connection', 'Keep-Alive', 'Proxy-Authenticate', 'Proxy-Authorization', 'Proxy-Connection',
  'Proxy', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade']

for (const name of hopByHop) {
  t.test(`${name} stops at the gateway, both ways and in any case`, async t => {
    for (const spelling of [name, name.toUpperCase(), name.toLowerCase()]) {
      t.same(requestHeadersToForward([spelling, 'x', 'A', 'b'], keepAll), ['A', 'b'], `request: ${spelling}`)
      t.same(responseHeadersToForward([spelling, 'x', 'A', 'b'], {}), ['A', 'b'], `answer: ${spelling}`)
    }
  })
}

for (const name of ['Host', 'Content-Length', 'Expect', 'HTTP2-Settings']) {
  t.test(`${name} of a request is left out: the gateway writes or answers it`, async t => {
    t.same(requestHeadersToForward([name, 'x', 'A', 'b'], keepAll), ['A', 'b'])
  })
}

t.test('Content-Length of an answer passes, because the body passes byte for byte', async t => {
  t.same(responseHeadersToForward(['Content-Length', '5'], {}), ['Content-Length', '5'])
})

t.test('what Connection names stops here, both ways, on whichever line it is named', async t => {
  const raw = ['X-Hop', '1', 'Connection', 'close, x-hop', 'X-End', '2', 'connection', 'X-OTHER', 'x-other', '3']
  t.same(requestHeadersToForward(raw, keepAll), ['X-End', '2'])
  t.same(responseHeadersToForward(raw, {}), ['X-End', '2'])
})

t.test('spelling, order and repeats of what passes are kept', async t => {
  const raw = ['COOKIE', 'a=1', 'x-b', '2', 'Cookie', 'c=3', 'x-empty', '']
  t.same(requestHeadersToForward(raw, keepAll), raw)
  t.same(responseHeadersToForward(['Set-Cookie', 'a', 'set-cookie', 'b'], {}), ['Set-Cookie', 'a', 'set-cookie', 'b'])
})

t.test('what is dropped is asked for by its lower-case name, underscores read as dashes', async t => {
  const asked: string[] = []
  const kept = requestHeadersToForward(['X_Forwarded-For', '6.6.6.6', 'A', 'b'], name => {
    asked.push(name)
    return name === 'x-forwarded-for'
  })
  t.same(asked, ['x-forwarded-for', 'a'])
  t.same(kept, ['A', 'b'])
})

t.test('no Access-Control-* of an instance passes, in any spelling', async t => {
  const raw = ['Access-Control-Allow-Origin', '*', 'access-control-allow-credentials', 'true',
    'ACCESS-CONTROL-EXPOSE-HEADERS', 'x', 'Access-Control-New-Thing', '1', 'Access-Controlled', 'kept']
  t.same(responseHeadersToForward(raw, {}), ['Access-Controlled', 'kept'])
})

t.test('an own header replaces the instance\'s and stands once', async t => {
  const raw = ['Access-Control-Allow-Origin', '*', 'Cache-Control', 'no-store', 'X', '1']
  const own = { 'access-control-allow-origin': 'https://a.test', 'cache-control': 'public' }
  t.same(responseHeadersToForward(raw, own),
    ['X', '1', 'access-control-allow-origin', 'https://a.test', 'cache-control', 'public'])
})

const varies = [
  ['both lines of an instance and ours', ['Vary', 'Accept', 'vary', 'Cookie, origin'], 'Origin', 'Origin, Accept, Cookie'],
  ['ours alone', [], 'Origin', 'Origin'],
  ['the instance\'s alone', ['Vary', 'Accept'], undefined, 'Accept'],
  ['a star', ['Vary', '*'], 'Origin', '*'],
  ['none', [], undefined, undefined]
] as const
for (const [name, raw, own, merged] of varies) {
  t.test(`Vary is one line: ${name}`, async t => {
    const headers = responseHeadersToForward(raw, own === undefined ? {} : { vary: own })
    t.same(headers, merged === undefined ? [] : ['vary', merged])
  })
}

t.test('collected headers become text, numbers and lists, too', async t => {
  t.same(ownHeaders({ vary: 'Origin', age: 5, 'x-list': ['a', 'b'] }), { vary: 'Origin', age: '5', 'x-list': 'a,b' })
})
