import t from 'tap'
import { matchLoosely, matchSpringOrigins, matchSpringPatterns } from '../../../src/origin/spring.js'

/** Pattern, origin, and what the expression Spring compiles says: `\Q…\E.*\Q…\E`, `(:\d+)?`, `:(80|81)`. */
const patternRows = [
  ['*', 'null', true, 'a lone star is asked first'],
  ['*', 'https://evil.test\nx', true, 'a lone star is no expression, so line ends pass'],
  ['https://*.example.com', 'https://app.example.com', true, 'one label'],
  ['https://*.example.com', 'https://a.b.example.com', true, 'the star crosses dots'],
  ['https://*.example.com', 'https://.example.com', true, 'the star may hold nothing'],
  ['https://*.example.com', 'https://evil.test?.example.com', true, 'the star holds any character'],
  ['https://*.example.com', 'https://evil.test/x#.example.com', true, 'slashes, too'],
  ['https://*.example.com', 'https://evil.test\n.example.com', false, 'but no line feed'],
  ['https://*.example.com', 'https://evil.test\u2028.example.com', false, 'nor another line terminator'],
  ['https://*.example.com', 'https://example.com', false, 'the dot is there'],
  ['https://*.example.com', 'https://app.example.com.evil.test', false, 'the whole text is matched'],
  ['https://*.example.com', 'https://appxexample.com', false, 'a dot is a dot'],
  ['https://*.example.com', 'https://app.example.com:8443', false, 'no port part, no port'],
  ['https://*.example.com', 'https://APP.example.com', true, 'what the star holds has no case'],
  ['https://*.example.com', 'https://app.EXAMPLE.com', false, 'what is written has'],
  ['https://App.example.com', 'https://app.example.com', false, 'on this side, too'],
  ['https://app.example.com/', 'https://app.example.com', true, 'the slash of a pattern is dropped'],
  ['https://app.example.com', 'https://app.example.com/', true, 'the slash of an origin is dropped'],
  ['https://app.example.com', 'https://app.example.com//', false, 'one of them'],
  ['https://app.example.com:443', 'https://app.example.com', false, 'default ports stay'],
  ['https://app.example.com', 'https://app.example.com:443', false, 'on both sides'],
  ['http://localhost:[*]', 'http://localhost', true, 'any port or none'],
  ['http://localhost:[*]', 'http://localhost:5173', true, 'any port'],
  ['http://localhost:[*]', 'http://localhost:99999', true, 'any digits'],
  ['http://localhost:[*]', 'http://localhost:', false, 'no digits are no port'],
  ['http://localhost:[*]', 'http://localhost:80a', false, 'a letter is no digit'],
  ['http://localhost:*', 'http://localhost:5173', true, 'a plain star holds the port'],
  ['http://localhost:*', 'http://localhost', false, 'after a colon'],
  ['http://localhost:*', 'http://localhost:1.evil.test', true, 'and whatever else'],
  ['https://*.example.com:[8080,8081]', 'https://app.example.com:8080', true, 'the first of the ports'],
  ['https://*.example.com:[8080,8081]', 'https://app.example.com:8081', true, 'the second'],
  ['https://*.example.com:[8080,8081]', 'https://app.example.com', false, 'none of them'],
  ['https://*.example.com:[8080,8081]', 'https://app.example.com:80811', false, 'one digit more'],
  ['https://*.example.com:[443]', 'https://app.example.com', false, 'the default port is not understood'],
  ['https://a.test:[80,]', 'https://a.test:80', false, 'what is no port list is plain text'],
  ['https://a.test:[80,]', 'https://a.test:[80,]', true, 'plain text equals itself'],
  ['*.example.com', 'ftp://x.example.com', true, 'the star holds the scheme'],
  ['https://a*b*c.test', 'https://a1b2c.test', true, 'two stars'],
  ['https://a*b*c.test', 'https://abc.test', true, 'two empty stars'],
  ['https://a*b*c.test', 'https://acb.test', false, 'pieces keep their order'],
  ['https://a*b*bc.test', 'https://abc.test', false, 'pieces do not overlap'],
  ['https://a*b*bc.test', 'https://abbc.test', true, 'pieces meet'],
  ['https://ab*bc.test', 'https://abc.test', false, 'the ends do not overlap'],
  ['(a|b)+', '(a|b)+', true, 'nothing else is special'],
  ['https://a.test', '', false, 'an empty origin is none'],
  ['*', ' ', false, 'nor is a blank one']
] as const
t.test('lets in what Spring\'s origin patterns let in, and nothing else', async t => {
  for (const [pattern, origin, allowed, why] of patternRows) {
    t.equal(matchSpringPatterns(origin, ['https://other.test', pattern]), allowed ? pattern : undefined, why)
  }
})

const originRows = [
  ['https://app.example.com', 'HTTPS://App.Example.com', true, 'case does not count'],
  ['https://app.example.com/', 'https://app.example.com', true, 'the slash is dropped'],
  ['https://*.example.com', 'https://app.example.com', false, 'a star inside is a plain character'],
  ['*', 'null', true, 'a lone star lets all in'],
  ['https://app.example.com:443', 'https://app.example.com', false, 'default ports stay'],
  ['*', '', false, 'an empty origin is none']
] as const
t.test('lets in what Spring\'s plain origins let in, and nothing else', async t => {
  for (const [entry, origin, allowed, why] of originRows) {
    t.equal(matchSpringOrigins(origin, ['https://other.test', entry]), allowed ? entry : undefined, why)
  }
})

t.test('looks through a hostile text for a hostile pattern in no time', async t => {
  const before = performance.now()
  t.notOk(matchLoosely(`${'*a'.repeat(5_000)}*b`, 'a'.repeat(20_000)))
  t.ok(performance.now() - before < 500)
})
