import { CSRF_URL } from './settings.ts'

/**
 * The header that Spring Security wants on STOMP's CONNECT, made from its own JSON (`headerName`, `token`).
 * Empty when there is none to be had, as without a session: then the service refuses, and says so.
 */
export async function csrfHeader (): Promise<Record<string, string>> {
  if (CSRF_URL === undefined) return {}
  try {
    const signal = AbortSignal.timeout(5_000)
    const answer = await fetch(CSRF_URL, { credentials: 'include', cache: 'no-store', signal })
    const { headerName, token } = await answer.json()
    return { [String(headerName)]: String(token) }
  } catch {
    return {} // stompjs stops trying for good when its beforeConnect throws
  }
}
