/** Does `count` pieces of work, at most `limit` of them at a time; rejects with the first failure. */
export async function concurrently<T> (
  count: number, limit: number, work: (index: number) => Promise<T>
): Promise<T[]> {
  const results: T[] = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < count; index = next++) results[index] = await work(index)
  }
  await Promise.all(Array.from({ length: Math.min(limit, count) }, worker))
  return results
}
