import cluster from 'node:cluster'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { forkWorker } from '../../../src/workers/fork.js'

t.setTimeout(90_000) // each test starts a process, perhaps on a busy machine

const SETTINGS = { STOMP_UPSTREAMS: 'http://127.0.0.1:9', HEALTH_CHECK: 'off', SHUTDOWN_GRACE_MS: '0', LOG_LEVEL: 'silent' }
const silent = { error: () => {} }
const start = (settings: Record<string, string> = {}) => ({ settings: { ...SETTINGS, ...settings }, port: 0 })

t.test('a worker listens, answers what it is asked, and ends when it is told to', async t => {
  const worker = forkWorker(start(), 80_000, silent)
  const [url] = await worker.listening
  t.equal((await fetch(`${url}/healthz`)).status, 200)
  t.match(await worker.ask('upstreams', undefined, 60_000), { instances: [{ id: 'http://127.0.0.1:9', available: true }] })
  await t.rejects(worker.ask('nonsense' as never, undefined as never, 60_000), { message: /not a function/ })
  worker.end()
  t.same(await worker.ended, { code: 0, signal: null, cause: undefined })
  worker.end() // it is gone: nothing is sent, and nobody is harmed
})

t.test('a worker that a handle could not be sent to is told of, and lives on', async t => {
  const logs: Array<[object, string]> = []
  const worker = forkWorker(start(), 80_000, { error: (data, message) => logs.push([data, message]) })
  t.teardown(() => worker.kill())
  const [url] = await worker.listening
  let isOver = false
  worker.ended.then(() => { isOver = true })
  const { process } = Object.values(cluster.workers!).find(known => known!.process.pid === worker.pid)!
  const socket = connect(Number(new URL(url!).port), '127.0.0.1')
  await once(socket, 'connect')
  const { _handle: handle } = socket as unknown as { _handle: never }
  const closed = once(socket, 'close')
  socket.destroy()
  await closed
  const failed = once(process, 'error')
  process.send({ type: 'none' }, handle)
  await failed
  t.same(logs, [[{ worker: worker.pid, cause: 'write EINVAL' }, 'worker not reached']])
  t.match(await worker.ask('upstreams', undefined, 60_000), { instances: [{ id: 'http://127.0.0.1:9' }] })
  t.notOk(isOver)
  worker.end()
  t.same(await worker.ended, { code: 0, signal: null, cause: undefined })
})

t.test('who kills a worker may say why', async t => {
  const worker = forkWorker(start(), 80_000, silent)
  worker.kill('it answered nothing')
  t.match(await worker.ended, { signal: 'SIGKILL', cause: 'it answered nothing' })
})

t.test('a worker that cannot start says why', async t => {
  const worker = forkWorker(start({ ORIGIN_POLICY: 'file:./none.txt' }), 80_000, silent)
  await t.rejects(worker.listening, {
    name: 'WorkerStartError', message: /^Gatehouse cannot start: no allow-list from 'file:\.\/none\.txt': .*none\.txt does not exist/
  })
  t.match(await worker.ended, { code: 1, signal: null, cause: /no allow-list/ })
  worker.kill() // likewise
})

t.test('a worker that does not listen in time is killed, and nobody waits for its answer', async t => {
  const worker = forkWorker(start(), 1, silent)
  t.rejects(worker.ask('upstreams', undefined, 60_000), { code: 'ERR_WORKER_UNAVAILABLE' })
  await t.rejects(worker.listening, { message: 'Gatehouse cannot start: a worker ended before it listened (SIGKILL).' })
})

t.test('a process that cannot be started is a worker that has ended', async t => {
  const { execPath } = process
  t.teardown(() => { process.execPath = execPath })
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  process.execPath = join(directory, 'none')
  const worker = forkWorker(start(), 80_000, silent)
  await t.rejects(worker.listening, { message: /spawn .*none ENOENT/ })
  t.match(await worker.ended, { code: null, signal: null, cause: /ENOENT/ })
})
