/** A worker ended before it listened. The message is whole: it is shown as it is. */
export class WorkerStartError extends Error {
  override readonly name = 'WorkerStartError'
}
