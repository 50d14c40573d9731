import t from 'tap'
import { leastTunnels } from '../../../src/balancing/least-tunnels.js'
import { rendezvous } from '../../../src/balancing/rendezvous.js'
import { STRATEGIES } from '../../../src/balancing/strategy.js'

t.test('lists each strategy under its name', async t => {
  t.equal(STRATEGIES.rendezvous, rendezvous)
  t.equal(STRATEGIES['least-tunnels'], leastTunnels)
  t.same(Object.keys(STRATEGIES), ['rendezvous', 'least-tunnels'])
  t.ok(Object.isFrozen(STRATEGIES))
})
