import t from 'tap'
import { createJudge } from '../../../src/origin/judge.js'

t.test('judges an entry once while it is enforced, and again when it comes back', async t => {
  const { lint, compile } = createJudge(async () => {})
  const lists = [['https://a.test', 'https://b.test'], ['https://b.test'], ['https://a.test', 'https://b.test']] as const
  const [both, one] = [await lint(lists[0]), await lint(lists[1])]
  t.not(both[1], one[0], 'nothing is remembered before it is enforced')
  await compile(both)
  const known = await lint(lists[1])
  t.equal(known[0], both[1])
  await compile(known)
  const back = await lint(lists[2])
  t.not(back[0], both[0], 'what left the list is forgotten')
  t.equal(back[1], both[1])
  t.same(back[0], both[0])
})
