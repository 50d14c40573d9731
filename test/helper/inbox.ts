/** What came so far, in order, and a way to wait for more. */
export interface Inbox<T> {
  push: (...items: T[]) => void
  /** Resolves with the next item that nobody took yet. */
  next: () => Promise<T>
  /** Resolves with the next `count` of them. */
  take: (count: number) => Promise<T[]>
}

/** An empty one: listeners push into it from the first moment on, the test takes when it comes to that. */
export function createInbox<T> (): Inbox<T> {
  const items: T[] = []
  let wake = () => {}
  const take = async (count: number) => {
    while (items.length < count) await new Promise<void>(resolve => { wake = resolve })
    return items.splice(0, count)
  }
  return {
    push: (...more) => {
      items.push(...more)
      wake()
    },
    next: async () => (await take(1))[0]!,
    take
  }
}
