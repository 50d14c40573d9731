import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Test } from 'tap'
import { closeUntaken } from '../../../src/workers/untaken.js'
import { rawSocket } from '../../helper/raw-socket.js'
import { within } from '../../helper/within.js'

t.setTimeout(90_000) // it starts two processes, perhaps on a busy machine

/** A worker that listens, where the first one did. */
async function startWorker (t: Test, name: string): Promise<{ worker: Worker, port: number }> {
  cluster.schedulingPolicy = cluster.SCHED_RR
  cluster.setupPrimary({ exec: fileURLToPath(new URL('../../helper/named-worker.js', import.meta.url)) })
  const worker = cluster.fork({ WORKER_NAME: name })
  t.teardown(() => { worker.process.kill('SIGKILL') })
  closeUntaken(worker.process)
  const [{ port }] = await once(worker, 'listening') as [{ port: number }]
  return { worker, port }
}

/** Resolves once the worker was handed a connection, whether or not it has taken it. */
function handover ({ process }: Worker): Promise<void> {
  const { send } = process
  return new Promise(resolve => {
    process.send = (message: { act?: string }, ...rest: unknown[]) => {
      if (message.act === 'newconn') resolve()
      return Reflect.apply(send, process, [message, ...rest])
    }
  })
}

t.test('a connection that was handed to a worker ends with it, when it had not taken it', async t => {
  const { worker, port } = await startWorker(t, 'stopped')
  await startWorker(t, 'other')
  worker.process.kill('SIGSTOP')
  const handedOver = handover(worker)
  const clients = [await rawSocket(t, port), await rawSocket(t, port)]
  await handedOver
  worker.process.kill('SIGKILL')
  const answers = await within(60_000, 'the end', Promise.all(clients.map(client => client.closed())))
  t.same(answers.sort(), ['', 'other'])
})

t.test('a connection that a worker gave back is served by another one, and outlives the first', async t => {
  const { worker: leaver } = await startWorker(t, 'leaver')
  const { worker: other, port } = await startWorker(t, 'other')
  other.on('error', ({ message }) => t.fail(message))
  for (const { process } of [leaver, other]) process.kill('SIGSTOP')
  leaver.send('listen no more')
  const handedOver = [leaver, other].map(handover)
  const clients = [await rawSocket(t, port), await rawSocket(t, port)]
  await Promise.all(handedOver)
  const gaveBack = new Promise<void>(resolve => {
    leaver.process.on('internalMessage', ({ accepted }) => { if (accepted === false) resolve() })
  })
  leaver.process.kill('SIGCONT')
  await gaveBack
  const gone = once(leaver.process, 'close')
  leaver.process.kill('SIGKILL')
  await gone
  other.process.kill('SIGCONT')
  t.same(await Promise.all(clients.map(client => client.closed())), ['other', 'other'])
})
