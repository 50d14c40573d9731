import t from 'tap'
import { matchGlob } from '../../../src/origin/glob.js'

const same = (a: string, b: string): boolean => a === b

const matches = [
  ['', ''], ['abc', 'abc'], ['*', 'a'], ['*', 'abc'], ['a*', 'ab'], ['*a', 'ba'], ['a*c', 'abbc'], ['*b*', 'abc'],
  ['a*b*c', 'axbxbxc'], ['*ab', 'aab'], ['*ab', 'abab'], ['*aab*', 'xaaabx'], ['**', 'ab']
] as const
for (const [pattern, text] of matches) {
  t.test(`finds the shape "${pattern}" in "${text}"`, async t => { t.ok(matchGlob(pattern, text, same)) })
}

const differs = [
  ['', 'a'], ['a', ''], ['*', ''], ['abc', 'abd'], ['abc', 'ab'], ['ab', 'abc'], ['a*', 'a'], ['*a', 'a'],
  ['a*c', 'ac'], ['a*c', 'abcd'], ['*b*', 'ab'], ['*b*', 'ba'], ['**', 'a'], ['a*', 'ba']
] as const
for (const [pattern, text] of differs) {
  t.test(`does not find the shape "${pattern}" in "${text}"`, async t => { t.notOk(matchGlob(pattern, text, same)) })
}

t.test('matches lists of labels, asking only where no star stands', async t => {
  const asked: string[] = []
  t.ok(matchGlob(['app', '*', 'eu'], ['app', 'a', 'b', 'eu'], (a, b) => { asked.push(`${a}=${b}`); return a === b }))
  t.strictSame(asked, ['app=app', 'eu=b', 'eu=eu'])
})

t.test('needs no more than |pattern| x |text| comparisons for a hostile pattern', async t => {
  const pattern = `${'*a'.repeat(126)}b`
  const text = 'a'.repeat(253)
  let steps = 0
  t.notOk(matchGlob(pattern, text, (a, b) => { steps++; return a === b }))
  t.ok(steps > 0 && steps <= pattern.length * text.length, `${steps} comparisons`)
})
