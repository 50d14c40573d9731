import t from 'tap'
import { observe, type Health } from '../../../src/upstream/health.js'

const thresholds = { rise: 2, fall: 3 }

// Probes in their order (+ passed, - failed) and `up` after each of them, from an instance that is up
const rows = [
  ['stays up while probes pass', '+++', 'UUU'],
  ['goes down at the third failure in a row', '---', 'UUD'],
  ['forgets failures at a pass', '--+--+--', 'UUUUUUUU'],
  ['stays down while probes fail', '-----', 'UUDDD'],
  ['comes back at the second pass in a row', '---++', 'UUDDU'],
  ['forgets passes at a failure', '---+-+-++', 'UUDDDDDDU'],
  ['needs three failures again after it came back', '---++--+---', 'UUDDUUUUUUD']
] as const
for (const [name, probes, states] of rows) {
  t.test(`${name}: ${probes}`, async t => {
    let health: Health = { up: true, streak: 0 }
    let seen = ''
    for (const probe of probes) {
      health = observe(health, probe === '+', thresholds)
      seen += health.up ? 'U' : 'D'
    }
    t.equal(seen, states)
  })
}

t.test('flips at every probe when rise and fall are 1', async t => {
  const once = { rise: 1, fall: 1 }
  t.same(observe({ up: true, streak: 0 }, false, once), { up: false, streak: 0 })
  t.same(observe({ up: false, streak: 0 }, true, once), { up: true, streak: 0 })
})

t.test('counts only the probes that disagree, and starts anew after a flip', async t => {
  t.same(observe({ up: true, streak: 0 }, false, thresholds), { up: true, streak: 1 })
  t.same(observe({ up: true, streak: 1 }, false, thresholds), { up: true, streak: 2 })
  t.same(observe({ up: true, streak: 2 }, true, thresholds), { up: true, streak: 0 })
  t.same(observe({ up: true, streak: 2 }, false, thresholds), { up: false, streak: 0 })
  t.same(observe({ up: false, streak: 1 }, false, thresholds), { up: false, streak: 0 })
})

t.test('leaves the health it was given as it is', async t => {
  const before: Health = Object.freeze({ up: true, streak: 2 })
  observe(before, false, thresholds)
  t.same(before, { up: true, streak: 2 })
})
