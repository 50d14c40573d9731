import type { ChildProcess } from 'node:child_process'

/** Node's primary lets go of a handle by this; a second time does no harm. */
interface Connection { close (): void }

/** What Node's primary and its workers tell each other: `ack` is the `seq` that is answered. */
interface Internal { readonly act?: unknown, readonly seq?: unknown, readonly ack?: unknown }

/**
 * Node's primary hands a worker one connection at a time, and closes its own end of it when the worker says
 * that it has it. Of a worker that ends before it answers, it forgets the connection and leaves it open: the
 * client would wait without an end. This closes it. One that the worker gave back, as it listens no more, is
 * another worker's. See handoff() in Node's lib/internal/cluster/round_robin_handle.js.
 */
export function closeUntaken (worker: ChildProcess): void {
  const { send } = worker // undefined where the system had no process to give
  let handed: { readonly connection: Connection, readonly seq: unknown } | undefined
  worker.send = (message: Internal, ...rest: unknown[]) => {
    if (message.act === 'newconn') handed = { connection: rest[0] as Connection, seq: message.seq }
    return Reflect.apply(send, worker, [message, ...rest])
  }
  // Node's own listener came first, and may have handed the next one over.
  worker.on('internalMessage', ({ ack }: Internal) => {
    if (ack === handed?.seq) handed = undefined
  })
  // After the last answer was read: 'exit' may come sooner, and 'disconnect' not while one is awaited.
  worker.once('close', () => handed?.connection.close())
}
