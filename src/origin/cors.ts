/** Seconds a browser may keep the answer to a SockJS preflight. sockjs-protocol.py, `verify_options`. */
export const SOCKJS_PREFLIGHT_MAX_AGE_S = 31_536_000

/**
 * The union of our Vary value and the instance's Vary lines: each name once, compared case-insensitively, in
 * the first spelling and order met. A `*` anywhere makes all of it `*` (RFC 9110 section 12.5.5). '' when
 * there is no name at all.
 */
export function mergeVary (own: string | undefined, upstream: readonly string[]): string {
  if (upstream.length === 0) return own ?? ''
  const names = new Map<string, string>()
  for (const name of [own ?? '', ...upstream].join(',').split(',').map(part => part.trim())) {
    const key = name.toLowerCase()
    if (name !== '' && !names.has(key)) names.set(key, name)
  }
  return names.has('*') ? '*' : [...names.values()].join(', ')
}

/**
 * Lets caches keep a SockJS preflight for SOCKJS_PREFLIGHT_MAX_AGE_S from `now`; `expires` tells HTTP/1.0 so
 * (an HTTP-date, RFC 9110 section 5.6.7). A remembered preflight opens nothing: each real request is judged.
 */
export function preflightCacheHeaders (now: Date): { 'cache-control': string, expires: string } {
  return {
    'cache-control': `public, max-age=${SOCKJS_PREFLIGHT_MAX_AGE_S}`,
    expires: new Date(now.getTime() + SOCKJS_PREFLIGHT_MAX_AGE_S * 1000).toUTCString()
  }
}

/** Whether OPTIONS asks what a page may do: a preflight names a method (Fetch, "CORS-preflight request"). */
export function isPreflight (
  { method, headers }: { readonly method: string, readonly headers: Readonly<Record<string, unknown>> }
): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
}
