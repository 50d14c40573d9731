import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { packageRoot } from '../version.js'
import { listenOnLocalhost } from './listen.js'

/** One origin that serves the chat page. */
export interface Page {
  /** `http://localhost:port`: the page's address and, as browsers write it, its Origin. */
  origin: string
  /** Tells the page where the gateway is and which origins serve it; before that `/config.json` is 503. */
  configure (config: PageConfig): void
  close (): Promise<void>
}

/** What `/config.json` hands to chat.js. */
export interface PageConfig { gatewayUrl: string, pages: readonly string[] }

interface Asset { type: string, body: Buffer }

const require = createRequire(import.meta.url)

/** Every path the page server knows, read once: a path from outside never becomes a file name. */
async function readAssets (): Promise<ReadonlyMap<string, Asset>> {
  const own = join(packageRoot(), 'src', 'demo', 'public')
  const stompBundles = dirname(require.resolve('@stomp/stompjs')) // its `exports` hide the browser's bundle
  const files = [
    ['/', 'text/html', join(own, 'index.html')],
    ['/chat.js', 'text/javascript', join(own, 'chat.js')],
    ['/chat.css', 'text/css', join(own, 'chat.css')],
    ['/favicon.svg', 'image/svg+xml', join(own, 'favicon.svg')],
    ['/sockjs.min.js', 'text/javascript', require.resolve('sockjs-client/dist/sockjs.min.js')],
    ['/stomp.umd.min.js', 'text/javascript', join(stompBundles, 'stomp.umd.min.js')]
  ] as const
  const assets = files.map(async ([path, type, file]) =>
    [path, { type: `${type}; charset=utf-8`, body: await readFile(file) }] as const)
  return new Map(await Promise.all(assets))
}

/** Only the page's own files, and connections to the gateway alone. */
function contentSecurityPolicy (gatewayUrl: string | undefined): string {
  const gateway = gatewayUrl === undefined ? '' : ` ${gatewayUrl} ${gatewayUrl.replace(/^http/, 'ws')}`
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'${gateway}; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

function answer (response: ServerResponse, status: number, type: string, body: Buffer | string): void {
  response.writeHead(status, {
    'content-type': type, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store', 'x-content-type-options': 'nosniff'
  })
  response.end(body) // node:http itself leaves the body out of an answer to HEAD
}

/** Serves the chat page, its scripts and style on `http://localhost:port`, 0 for a free port. Rejects with the
 *  listen error (`code`, `port`), or when a file of the page or of its libraries is missing. */
export async function startPage ({ port }: { port: number }): Promise<Page> {
  const assets = await readAssets()
  let config: PageConfig | undefined

  const listener = await listenOnLocalhost(port, (request, response) => {
    response.setHeader('content-security-policy', contentSecurityPolicy(config?.gatewayUrl))
    const path = String(request.url).replace(/\?.*$/s, '')
    const asset = assets.get(path)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      answer(response, 405, 'text/plain', 'Only GET and HEAD are answered here\n')
    } else if (asset !== undefined) {
      answer(response, 200, asset.type, asset.body)
    } else if (path === '/config.json') {
      answer(response, config === undefined ? 503 : 200, 'application/json', JSON.stringify(config ?? {}))
    } else {
      answer(response, 404, 'text/plain', 'Not found\n')
    }
  })
  return {
    origin: `http://localhost:${listener.port}`,
    configure (given) { config = given },
    close: listener.close
  }
}
