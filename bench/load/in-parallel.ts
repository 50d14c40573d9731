/**
 * Runs `task` for 0 to `count` - 1, `lanes` of them at a time. Rejects with the first failure, and starts no
 * more then.
 */
export async function inParallel (
  count: number, lanes: number, task: (index: number, lane: number) => Promise<void>
): Promise<void> {
  let next = 0
  const run = async (lane: number) => {
    while (next < count) {
      try {
        await task(next++, lane)
      } catch (error) {
        next = count
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, (_none, lane) => run(lane)))
}
