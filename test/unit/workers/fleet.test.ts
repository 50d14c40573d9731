import { EventEmitter, once } from 'node:events'
import t from 'tap'
import { pauseMs } from '../../../src/upstream/instance.js'
import { Fleet } from '../../../src/workers/fleet.js'
import { fakeWorker, type FakeWorker } from '../../helper/fake-worker.js'

const KILLED = { code: null, signal: 'SIGKILL' }

/** A fleet of fake workers, which begin to listen by themselves; `fork` says otherwise. */
function fleetOf (size: number, fork?: (index: number) => FakeWorker) {
  const workers: FakeWorker[] = []
  const ports: Array<number | undefined> = []
  const logs: Array<Record<string, unknown>> = []
  const events = new EventEmitter()
  const clock = { now: 0 }
  const note = (level: string) => (data: object, msg: string) => {
    logs.push({ level, msg, ...data })
    events.emit(msg)
  }
  const fleet = new Fleet({
    size,
    fork: port => {
      ports.push(port)
      const worker = (fork ?? (index => {
        const worker = fakeWorker(index)
        worker.listen()
        return worker
      }))(ports.length)
      workers.push(worker)
      return worker
    },
    log: { error: note('error'), info: note('info') },
    now: () => clock.now
  })
  return { fleet, workers, ports, logs, events, clock }
}

t.test('one worker goes first; the others start once it listens, and need not be told its port', async t => {
  const { fleet, workers, ports } = fleetOf(3, fakeWorker)
  const started = fleet.start()
  t.equal(workers.length, 1)
  t.same(fleet.up(), [])
  workers[0]!.listen(4_711)
  while (workers.length < 3) await new Promise(resolve => setImmediate(resolve))
  for (const worker of workers) worker.listen(4_711)
  t.same(await started, ['http://127.0.0.1:4711'])
  t.same(fleet.up().map(({ pid }) => pid), [1, 2, 3], 'the longest first')
  t.same(ports, [undefined, undefined, undefined])
})

for (const [name, which] of [['the first', 0], ['another', 1]] as const) {
  t.test(`a start that fails for ${name} worker is told once and leaves none behind`, async t => {
    const { fleet, workers, logs } = fleetOf(3, fakeWorker)
    const started = fleet.start()
    if (which > 0) workers[0]!.listen()
    while (workers.length <= which) await new Promise(resolve => setImmediate(resolve))
    workers[which]!.exit({ code: 1, signal: null, cause: 'port 8000 is taken' })
    await t.rejects(started, { message: 'port 8000 is taken' })
    for (const worker of workers) {
      if (worker !== workers[which]) t.same(worker.told, ['kill'])
    }
    t.same(logs, [])
  })
}

t.test('an end during the start starts no more', async t => {
  const { fleet, workers } = fleetOf(3, fakeWorker)
  const started = fleet.start()
  workers[0]!.listen()
  fleet.kill()
  await t.rejects(started, { name: 'WorkerStartError' })
  t.equal(workers.length, 1)
})

t.test('a worker that ends while others still start fails the start', async t => {
  const { fleet, workers } = fleetOf(2, fakeWorker)
  const started = fleet.start()
  workers[0]!.listen()
  while (workers.length < 2) await new Promise(resolve => setImmediate(resolve))
  workers[0]!.exit(KILLED)
  await workers[0]!.ended
  workers[1]!.listen()
  await t.rejects(started, { name: 'WorkerStartError', message: /a worker ended at once/ })
  t.same(workers[1]!.told, ['kill'])
})

t.test('a worker that served for long is replaced at once', async t => {
  const { fleet, workers, logs, events, clock } = fleetOf(2)
  await fleet.start()
  clock.now = 30_000
  workers[0]!.exit(KILLED)
  await once(events, 'worker replaced')
  t.same(logs, [
    { level: 'error', msg: 'worker ended', worker: 1, ...KILLED, pauseMs: 0 },
    { level: 'info', msg: 'worker replaced', worker: 3 }
  ])
  t.same(fleet.up().map(({ pid }) => pid), [2, 3])
})

t.test('each that ends young is replaced after a longer pause', async t => {
  const { fleet, workers, logs, events } = fleetOf(1)
  await fleet.start()
  for (let i = 0; i < 3; i++) {
    workers[i]!.exit({ code: 134, signal: null })
    await once(events, 'worker replaced')
  }
  t.same(logs.filter(({ level }) => level === 'error').map(({ pauseMs }) => pauseMs), [250, 500, 1_000])
  fleet.kill()
})

t.test('a replacement that cannot start is told like any end, and tried again', async t => {
  const { fleet, workers, logs, events } = fleetOf(1, index => {
    const worker = fakeWorker(index)
    if (index === 3) throw new Error('spawn EAGAIN')
    if (index === 2) worker.exit({ code: 1, signal: null, cause: 'no allow-list' })
    else worker.listen()
    return worker
  })
  await fleet.start()
  workers[0]!.exit(KILLED)
  await once(events, 'worker replaced')
  t.match(logs, [
    { worker: 1, signal: 'SIGKILL', pauseMs: 250 },
    { worker: 2, code: 1, cause: 'no allow-list', pauseMs: 500 },
    { msg: 'worker ended', cause: 'Error: spawn EAGAIN', pauseMs: 1_000 },
    { msg: 'worker replaced', worker: 4 }
  ])
})

t.test('a process that is not to be had fails the start', async t => {
  const { fleet, logs } = fleetOf(2, () => { throw new Error('spawn EAGAIN') })
  await t.rejects(fleet.start(), { message: 'spawn EAGAIN' })
  t.same(logs, [])
})

t.test('once nobody listens any more, the port is named, so that it stays', async t => {
  const { fleet, workers, ports, events } = fleetOf(2)
  await fleet.start()
  workers[0]!.exit(KILLED)
  await once(events, 'worker replaced')
  workers[1]!.exit(KILLED)
  workers[2]!.exit(KILLED)
  await once(events, 'worker replaced')
  await once(events, 'worker replaced')
  workers[3]!.exit(KILLED)
  await once(events, 'worker replaced')
  t.same(ports, [undefined, undefined, undefined, 8_000, 8_000, 8_000])
})

t.test('draining ends those that serve and kills those that do not yet; nobody is replaced', async t => {
  const { fleet, workers, logs, events } = fleetOf(2, index => {
    const worker = fakeWorker(index)
    if (index < 3) worker.listen()
    return worker
  })
  await fleet.start()
  workers[0]!.exit(KILLED)
  await once(events, 'worker ended')
  while (workers.length < 3) await new Promise(resolve => setImmediate(resolve))
  await fleet.drain()
  t.same(workers.map(({ told }) => told), [[], ['end'], ['kill']])
  t.equal(logs.length, 1)
  t.same(fleet.up(), [])
})

t.test('draining in a pause before a replacement starts none', async t => {
  const { fleet, workers, events } = fleetOf(2)
  await fleet.start()
  workers[0]!.exit(KILLED)
  await once(events, 'worker ended')
  await fleet.drain()
  t.equal(workers.length, 2)
})

t.test('an end while a replacement waits for its turn starts none', async t => {
  const { fleet, workers, logs } = fleetOf(2, index => {
    const worker = fakeWorker(index)
    if (index < 3) worker.listen()
    return worker
  })
  await fleet.start()
  workers[0]!.exit(KILLED)
  workers[1]!.exit(KILLED)
  while (logs.length < 2) await new Promise(resolve => setImmediate(resolve))
  // Timers of one length run in the order in which they were set: after this one, both pauses are over.
  await new Promise(resolve => setTimeout(resolve, pauseMs(1)))
  while (workers.length < 3) await new Promise(resolve => setImmediate(resolve))
  fleet.kill()
  await workers[2]!.ended
  await new Promise(resolve => setImmediate(resolve))
  t.equal(workers.length, 3)
})

t.test('a worker that ends badly while it drains is told', async t => {
  const { fleet, workers } = fleetOf(3)
  await fleet.start()
  const ended = fleet.drain()
  t.ok(workers)
  await ended
  const other = fleetOf(2)
  await other.fleet.start()
  const [first, second] = other.workers
  first!.end = () => first!.exit(KILLED)
  second!.end = () => second!.exit({ code: 1, signal: null })
  await t.rejects(other.fleet.drain(), { message: 'workers ended with SIGKILL,1' })
})
