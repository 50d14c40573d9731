import { ask, type Door } from '../../helper/door.js'
import type { Exchanged } from '../../helper/exchange.js'

/** A browser as far as forms and cookies go; it follows no redirect. */
export interface Visitor {
  get: (path: string, accept?: string) => Promise<Exchanged>
  /** Posts a form, as a page of `origin` does. */
  post: (path: string, form: Record<string, string>, origin?: string) => Promise<Exchanged>
  /** What its cookies are as a Cookie header. */
  cookie: () => string
}

/** The token that Spring Security wants, and the header that it wants it in. */
export interface CsrfToken { headerName: string, parameterName: string, token: string }

/** What a browser accepts as a page. */
const PAGE = 'text/html,application/xhtml+xml,*/*;q=0.8'

/** One without cookies. Its forms are posted by a page of the door's own origin, unless it says otherwise. */
export function createVisitor (door: Door): Visitor {
  const jar = new Map<string, string>()
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const visit = async (path: string, method: string, headers: Record<string, string>, body = '') => {
    const cookies = jar.size > 0 ? { cookie: cookie() } : {}
    const answer = await ask(door, path, { method, body, headers: { ...headers, ...cookies } })
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /;\s*max-age=0\b/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return answer
  }
  return {
    cookie,
    get: (path, accept = PAGE) => visit(path, 'GET', { accept }),
    post: (path, form, origin = new URL(door.url).origin) => visit(path, 'POST', {
      origin, accept: PAGE, 'content-type': 'application/x-www-form-urlencoded'
    }, String(new URLSearchParams(form)))
  }
}

/** The hidden token of the login form. */
export async function loginToken (visitor: Visitor): Promise<string> {
  const { text } = await visitor.get('/login')
  const [, token] = /name="_csrf"[^>]*value="([^"]+)"/.exec(text) ?? []
  if (token === undefined) throw new Error(`the login form holds no token:\n${text}`)
  return token
}

/** Posts the login form. */
export async function logIn (visitor: Visitor, username: string, password: string): Promise<Exchanged> {
  return await visitor.post('/login', { username, password, _csrf: await loginToken(visitor) })
}

/** What a page fetches before it connects. */
export async function fetchCsrf (visitor: Visitor): Promise<CsrfToken> {
  return JSON.parse((await visitor.get('/csrf', 'application/json')).text) as CsrfToken
}
