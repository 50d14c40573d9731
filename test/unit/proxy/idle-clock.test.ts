import t from 'tap'
import { IdleClock } from '../../../src/proxy/idle-clock.js'

/** Resolves after `ms`; the event loop has nothing else to stay for. */
const delay = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** Resolves when another clock tells. What an earlier one with the same time had to tell was told before. */
async function idleFor (ms: number): Promise<void> {
  const alive = setInterval(() => {}, 1_000) // the clock alone keeps no process alive
  await new Promise<void>(resolve => new IdleClock(ms, resolve))
  clearInterval(alive)
}

t.test('tells when nothing was noted, not before the time is over, and once', async t => {
  let told = 0
  const startedAt = performance.now()
  let clock: IdleClock | undefined
  const idle = new Promise<void>(resolve => {
    clock = new IdleClock(100, () => {
      told++
      resolve()
    })
  })
  for (let i = 0; i < 3; i++) {
    await delay(40)
    clock!.note()
  }
  const notedAt = performance.now()
  const alive = setInterval(() => {}, 1_000) // the clock alone keeps no process alive
  await idle
  clearInterval(alive)
  t.ok(performance.now() - notedAt >= 99)
  t.ok(performance.now() - startedAt >= 3 * 40)
  await idleFor(100)
  t.equal(told, 1)
})

t.test('tells nothing once it is stopped', async t => {
  const clock = new IdleClock(20, () => t.fail('it was stopped'))
  clock.stop()
  clock.note()
  await idleFor(20)
  t.pass('nothing was told')
})
