import t from 'tap'
import { compileHostPattern } from '../../../src/origin/host-pattern.js'

const suffixes = [
  ['app.example.com', 'app.example.com'],
  ['*.example.com', 'example.com'],
  ['app.*.example.com', 'example.com'],
  ['app-*.vercel.app', 'vercel.app'],
  ['*.a.*.example.com.', 'example.com.']
] as const
for (const [pattern, suffix] of suffixes) {
  t.test(`indexes ${pattern} by ${suffix}`, async t => { t.equal(compileHostPattern(pattern).suffix, suffix) })
}

const matches = [
  ['app.example.com', 'app.example.com'],
  ['*.example.com', 'a.example.com'],
  ['*.example.com', 'a.b.c.example.com'],
  ['app.*.example.com', 'app.a.b.example.com'],
  ['*.app.*.example.com', 'x.app.y.app.z.example.com'],
  ['app-*.example.com', 'app-x.example.com'],
  ['*-app.example.com', 'x-y-app.example.com'],
  ['a-*-z.*.example.com', 'a-b-z.c.d.example.com'],
  ['*.a*.example.com', 'x.b.ab.example.com'],
  ['*.example.com.', 'a.example.com.']
] as const
for (const [pattern, host] of matches) {
  t.test(`${pattern} covers ${host}`, async t => { t.ok(compileHostPattern(pattern).matches(host)) })
}

// All hosts here end in the literal suffix: the index compares that part.
const differs = [
  ['app.example.com', 'x.app.example.com', 'a literal host is not its sub-domains'],
  ['*.example.com', 'example.com', 'the apex is no sub-domain'],
  ['app.*.example.com', 'app.example.com', 'a whole label is at least one label'],
  ['app.*.example.com', 'web.eu.example.com', 'the first label is literal'],
  ['app.*.example.com', 'example.com', 'the labels before the suffix are missing'],
  ['app-*.example.com', 'app-.example.com', 'a star inside a label is at least one character'],
  ['app-*.example.com', 'app-a.b.example.com', 'a star inside a label holds no dot'],
  ['app-*.example.com', 'x.app-a.example.com', 'a star inside a label adds no label before it'],
  ['*-app.example.com', 'a.-app.example.com', 'a star inside a label is at least one character of that label'],
  ['*.a*.example.com', 'ab.example.com', 'each star takes its own part']
] as const
for (const [pattern, host, why] of differs) {
  t.test(`${pattern} does not cover ${host}: ${why}`, async t => { t.notOk(compileHostPattern(pattern).matches(host)) })
}
