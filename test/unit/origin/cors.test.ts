import t from 'tap'
import { mergeVary, preflightCacheHeaders, SOCKJS_PREFLIGHT_MAX_AGE_S } from '../../../src/origin/cors.js'

const merged = [
  ['our name alone when the instance sends none', 'Origin', [], 'Origin'],
  ['nothing when nobody varies', undefined, [], ''],
  ['the names of the instance alone when we have none', undefined, ['Accept'], 'Accept'],
  ['the names of several lines, in their order', 'Origin', ['Accept-Encoding, Accept', 'Cookie'], 'Origin, Accept-Encoding, Accept, Cookie'],
  ['each name once, in the spelling that came first', 'Origin', ['origin, ACCEPT', 'accept,ORIGIN'], 'Origin, ACCEPT'],
  ['no empty members', 'Origin', ['', ' ,, Accept ,'], 'Origin, Accept'],
  ['a star instead of every name', 'Origin', ['Accept, *'], '*'],
  ['our own star', '*', ['Accept'], '*']
] as const
for (const [name, own, upstream, expected] of merged) {
  t.test(`Vary becomes ${name}`, async t => { t.equal(mergeVary(own, upstream), expected) })
}

t.test('dates a SockJS preflight one year from now, in the form of an HTTP-date', async t => {
  const now = new Date('2026-11-22T08:09:05.999Z')
  t.strictSame(preflightCacheHeaders(now), {
    'cache-control': 'public, max-age=31536000',
    expires: 'Mon, 22 Nov 2027 08:09:05 GMT'
  })
  t.equal(SOCKJS_PREFLIGHT_MAX_AGE_S, 365 * 24 * 60 * 60)
})
