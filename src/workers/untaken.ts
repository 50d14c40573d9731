import type { ChildProcess } from 'node:child_process'

/** Node's primary lets go of a handle by this; a second time does no harm. */
interface Connection { close (): void }

/**
 * Node's primary hands a worker one connection at a time, and closes its own end of it when the worker has
 * it. Of a worker that ends before, it forgets the connection and leaves it open: the client would wait
 * without an end. This closes it. See handoff() in Node's lib/internal/cluster/round_robin_handle.js.
 */
export function closeUntaken (worker: ChildProcess): void {
  const { send } = worker // undefined where the system had no process to give
  let handed: Connection | undefined
  worker.send = (message: { readonly act?: unknown }, ...rest: unknown[]) => {
    if (message.act === 'newconn') handed = rest[0] as Connection
    return Reflect.apply(send, worker, [message, ...rest])
  }
  worker.once('exit', () => handed?.close())
}
