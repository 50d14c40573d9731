import { ask, type Door } from '../../helper/door.js'
import type { Exchanged } from '../../helper/exchange.js'
import { metadataOfNavigation, metadataOfScript } from './fetch-metadata.js'

/** A browser as far as forms, cookies and Sec-Fetch-* go; it follows no redirect. */
export interface Visitor {
  /** Opens a page: by a link on one of `from`, or by its address. */
  get: (path: string, from?: string) => Promise<Exchanged>
  /** Reads JSON, as a script of the door's own page does. */
  fetch: (path: string) => Promise<Exchanged>
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
  const own = new URL(door.url).origin
  return {
    cookie,
    get: (path, from) => visit(path, 'GET', { accept: PAGE, ...metadataOfNavigation(door.url, from) }),
    fetch: path => visit(path, 'GET', { accept: 'application/json', ...metadataOfScript(door.url, own) }),
    post: (path, form, origin = own) => visit(path, 'POST', {
      origin,
      accept: PAGE,
      'content-type': 'application/x-www-form-urlencoded',
      ...metadataOfNavigation(door.url, origin)
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
  return JSON.parse((await visitor.fetch('/csrf')).text) as CsrfToken
}
