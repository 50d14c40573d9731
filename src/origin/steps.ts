/** Work that yields every few milliseconds, and returns what came of it. */
export type Steps<T> = Generator<undefined, T>

/** Does the work without a break. */
export function runAtOnce<T> (steps: Steps<T>): T {
  while (true) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** Does the work in slices. `pause` resolves in a later turn of the event loop: requests go between. */
export async function runInSlices<T> (steps: Steps<T>, pause: () => Promise<void>): Promise<T> {
  while (true) {
    const { done, value } = steps.next()
    if (done === true) return value
    await pause()
  }
}
