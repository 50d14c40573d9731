/**
 * Whether the server answers, but not for this page. SockJS says only that it could not connect, and a
 * browser hides the answer: a request that CORS guards fails where one that asks for nothing back succeeds.
 */
export async function isRefused (url: string): Promise<boolean> {
  const succeeds = (options: RequestInit) =>
    fetch(`${url}/info`, { cache: 'no-store', signal: AbortSignal.timeout(5_000), ...options })
      .then(() => true, () => false)
  if (await succeeds({ credentials: 'include' })) return false // a page may read it, be it a 503
  return await succeeds({ mode: 'no-cors' })
}
