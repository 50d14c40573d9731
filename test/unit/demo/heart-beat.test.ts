import t from 'tap'
import { agreeHeartBeats, startHeartBeats } from '../../../src/demo/heart-beat.js'
import { manualTimers } from '../../helper/manual-timers.js'

const agreements = [
  ['a client without the header', undefined, 10, { sendEveryMs: 0, expectEveryMs: 0 }],
  ['a client that can and wants nothing', '0,0', 10, { sendEveryMs: 0, expectEveryMs: 0 }],
  ['a client that only sends', '20,0', 10, { sendEveryMs: 0, expectEveryMs: 20 }],
  ['a client that only listens', '0,20', 10, { sendEveryMs: 20, expectEveryMs: 0 }],
  ['a client that is quicker than this end', '1,2', 10, { sendEveryMs: 10, expectEveryMs: 10 }],
  ['an end that offers nothing', '20,20', 0, { sendEveryMs: 0, expectEveryMs: 0 }]
] as const
for (const [name, header, offerMs, periods] of agreements) {
  t.test(`settles the slower of both periods, or none, with ${name}`, async t => {
    t.strictSame(agreeHeartBeats(header, offerMs), periods)
  })
}

for (const header of ['', '1', '1,', ',1', '1,2,3', '-1,0', '1.5,0', ' 1,1', 'a,b', '2147483648,0']) {
  t.test(`does not agree to the malformed header '${header}'`, async t => {
    t.equal(agreeHeartBeats(header, 10), undefined)
  })
}

const watched = (sendEveryMs: number, expectEveryMs: number) => {
  const timers = manualTimers()
  const events: string[] = []
  const beats = startHeartBeats({ sendEveryMs, expectEveryMs }, {
    send: () => events.push('sent'), onSilence: () => events.push('silent'), every: timers.every
  })
  return { timers, events, beats }
}

t.test('sends one heart-beat a period', async t => {
  const { timers, events } = watched(10, 0)
  timers.tick(10)
  timers.tick(10)
  t.strictSame(events, ['sent', 'sent'])
})

t.test('reports silence once, after two whole periods, and ends both timers', async t => {
  const { timers, events } = watched(7, 10)
  timers.tick(10)
  timers.tick(10)
  t.strictSame(events, [])
  timers.tick(10)
  t.strictSame(events, ['silent'])
  t.strictSame(timers.running(), [])
})

t.test('reports no silence while something is heard in every other period', async t => {
  const { timers, events, beats } = watched(0, 10)
  for (let round = 0; round < 5; round++) {
    timers.tick(10)
    timers.tick(10)
    beats.heard()
  }
  t.strictSame(events, [])
})

t.test('starts no timer for a period of none', async t => {
  const { timers, beats } = watched(0, 0)
  t.strictSame(timers.running(), [])
  beats.stop()
})

t.test('ends both timers when it is stopped', async t => {
  const { timers, beats } = watched(10, 20)
  t.strictSame(timers.running(), [10, 20])
  beats.stop()
  t.strictSame(timers.running(), [])
})
