import t from 'tap'
import { once } from 'node:events'
import { openTunnel } from '../../../src/proxy/open-tunnel.js'
import { createInstance } from '../../../src/upstream/instance.js'
import { createPool } from '../../../src/upstream/pool.js'
import { parseUpstreams } from '../../../src/config/upstreams.js'
import { fakeInstance } from '../../helper/fake-instance.js'
import { socketPair } from '../../helper/socket-pair.js'

const ASK = { head: Buffer.alloc(0), key: '', headers: [], targetFor: () => '/' }
const SETTINGS = {
  connectTimeoutMs: 1_000, upgradeTimeoutMs: 1_000, idleTimeoutMs: 1_000, now: Date.now, onRefused: () => {}
}
const NOBODY = {
  onSwitch: () => ({}),
  onRefusal: () => { throw new Error('nobody was asked') }
}

t.test('dials nobody for a client that left before its turn, and ends at once', async t => {
  const instance = await fakeInstance(t)
  const [upstream] = parseUpstreams(instance.url).upstreams
  const pool = createPool([createInstance(instance.url, upstream!)], { random: Math.random })
  const { accepted: socket } = await socketPair(t)
  socket.destroy()
  await once(socket, 'close')
  const ends: unknown[] = []
  const tunnel = openTunnel({
    ...SETTINGS,
    pool
  }, {
    ...NOBODY,
    socket,
    onFailure: () => t.fail('there is nobody to tell'),
    onEnd: by => ends.push(by)
  }, ASK)
  t.same(ends, [undefined])
  t.equal(pool.instances[0]?.open, 0)
  tunnel.end('shutdown')
  t.same(ends, [undefined], 'it ends once')
  t.equal(instance.sockets.length, 0)
})

t.test('takes the blame for a line that could end early, and dials nobody', async t => {
  const instance = await fakeInstance(t)
  const [upstream] = parseUpstreams(instance.url).upstreams
  const pool = createPool([createInstance(instance.url, upstream!)], { random: Math.random })
  const { accepted: socket } = await socketPair(t)
  const told: unknown[] = []
  openTunnel({ ...SETTINGS, pool }, {
    ...NOBODY,
    socket,
    onFailure: error => told.push(error),
    onEnd: by => told.push(by)
  }, { ...ASK, headers: ['X-Own', 'a\r\nB: c'] })
  t.match(told, [{ code: 'ERR_INTERNAL', cause: { message: 'a header line cannot be written' } }, undefined])
  t.equal(pool.instances[0]?.open, 0)
  t.equal(instance.sockets.length, 0)
})
