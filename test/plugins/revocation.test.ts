import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyRequest } from 'fastify'
import t from 'tap'
import type { Test } from 'tap'
import { build } from '../helper/build.js'

const MODULE = `export default ({ changed }) => {
  globalThis.revocationTest = { changed, answer: () => 'all' }
  return { match: (origin, context) => globalThis.revocationTest.answer(origin, context) }
}`

/** What a team's policy answers next, and how it tells of a change. */
interface Team {
  changed: () => void
  answer: (origin: { origin: string }, context: object) => string | undefined
}

/** An app over a team's own policy, and what stands for requests that it let in. */
async function withTeam (t: Test, settings: Record<string, string> = {}) {
  const path = join(t.testdir({}), 'policy.mjs')
  writeFileSync(path, MODULE)
  const built = await build(t, { ORIGIN_POLICY: `module:${path}`, ...settings })
  const team = (globalThis as unknown as { revocationTest: Team }).revocationTest
  const letIn = (origin: string, { reason = 'listed', upgrade = true, host = 'a.test' } = {}) => ({
    originDecision: { allowed: true, reason, origin },
    originGeneration: built.app.originPolicy.generation,
    upgrade: upgrade ? {} : undefined,
    originHost: host
  }) as unknown as FastifyRequest
  return { ...built, team, letIn }
}

t.test('asks what the gate asks: origin, door and Host', async t => {
  const { app, team, letIn } = await withTeam(t)
  const asked: unknown[] = []
  const ended = new Promise<void>(resolve => {
    app.holdOpen(letIn('https://x.test:8443', { upgrade: false }), () => {})
    app.holdOpen(letIn('https://x.test:8443', { host: 'b.test' }), () => resolve())
  })
  team.answer = ({ origin }, context) => {
    asked.push({ origin, ...context })
    return asked.length === 1 ? 'all' : undefined
  }
  team.changed()
  await ended
  t.match(asked, [
    { origin: 'https://x.test:8443', door: 'http', host: 'a.test' },
    { origin: 'https://x.test:8443', door: 'upgrade', host: 'b.test' }
  ])
})

t.test('ends what was let in by a list that was changed before it was held', async t => {
  const { app, team, letIn, logs } = await withTeam(t)
  const request = letIn('https://x.test')
  const { generation } = app.originPolicy
  team.answer = () => undefined
  team.changed()
  while (app.originPolicy.generation === generation) await new Promise(resolve => setImmediate(resolve))
  await new Promise(resolve => setTimeout(resolve, 50)) // the check of this change is over
  const by = await new Promise(resolve => app.holdOpen(request, resolve))
  t.equal(by, 'revoked')
  while (app.revokedCount() === 0) await new Promise(resolve => setImmediate(resolve))
  t.match(logs.filter(({ msg }) => msg === 'origin revoked'), [{ origin: 'https://x.test', door: 'upgrade', ended: 1 }])
})

t.test('takes a policy that fails for one that refuses, and logs it once', async t => {
  const { app, team, letIn, logs } = await withTeam(t)
  const ends = ['https://x.test', 'https://y.test'].map(origin =>
    new Promise<void>(resolve => { app.holdOpen(letIn(origin), () => resolve()) }))
  team.answer = () => { throw new Error('no table') }
  team.changed()
  await Promise.all(ends)
  const failures = logs.filter(({ msg }) => msg === 'origin policy failed')
  t.match(failures, [{ level: 50, origin: 'https://x.test', door: 'upgrade', err: { message: 'no table' } }])
  t.equal(failures.length, 1)
})

t.test('holds only what the list let in, and nothing when revoking is off', async t => {
  const on = await withTeam(t)
  t.equal(on.app.revokeWithinMs(on.letIn('https://x.test')), 4_500)
  for (const reason of ['own', 'absent']) {
    const request = on.letIn('https://x.test', { reason })
    t.equal(on.app.revokeWithinMs(request), undefined)
    on.app.holdOpen(request, () => t.fail(reason))()
    on.app.holdOpen(request, () => t.fail(reason))
  }
  const ended = new Promise<void>(resolve => { on.app.holdOpen(on.letIn('https://y.test'), () => resolve()) })
  on.team.answer = () => undefined
  on.team.changed()
  await ended
  const off = await withTeam(t, { ORIGIN_REVOKE_GRACE_MS: 'off' })
  t.equal(off.app.revokeWithinMs(off.letIn('https://x.test')), undefined)
  off.app.holdOpen(off.letIn('https://x.test'), () => t.fail('off'))()
  t.equal(off.app.revokedCount(), 0)
})

t.test('a long Origin is cut in the log', async t => {
  const { app, team, letIn, logs } = await withTeam(t)
  const origin = `https://${'x'.repeat(300)}.test`
  const ended = new Promise<void>(resolve => { app.holdOpen(letIn(origin), () => resolve()) })
  team.answer = () => undefined
  team.changed()
  await ended
  while (app.revokedCount() === 0) await new Promise(resolve => setImmediate(resolve))
  t.match(logs.find(({ msg }) => msg === 'origin revoked'), { origin: origin.slice(0, 256) })
})
