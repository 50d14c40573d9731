import { once } from 'node:events'
import { chmod, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { runChild, startChild, withCleanUp } from './child.js'
import { nginxConf } from './nginx-conf.js'
import { temporaryDirectory } from './temporary-directory.js'

/** Debian keeps nginx where the PATH of a plain user does not look. */
const PATH = `${process.env.PATH}:/usr/sbin`
const HOSTS = ['app.chat.localhost', 'api.chat.localhost', 'evil.localhost']

/**
 * nginx under way; `certificate` is PEM text. To kill or stop `child` removes `prefix` as well.
 * @typedef {object} Nginx
 * @property {number} httpPort
 * @property {number} httpsPort
 * @property {string} certificate
 * @property {string} prefix its directory
 * @property {import('./child.js').Child} child
 */

/**
 * Starts nginx with examples/nginx/nginx.conf and a certificate made on the spot, in a temporary directory
 * that goes when nginx does.
 * @param {object} options
 * @param {string} options.upstream the gateway, `host:port`
 * @param {string} options.page directory of the page; whoever is not root must be able to read it
 * @param {number} [options.httpPort] a free one, if not said
 * @param {number} [options.httpsPort] likewise
 * @param {AbortSignal} [options.signal] ends the start
 * @returns {Promise<Nginx>}
 */
export async function startNginx ({ upstream, page, httpPort, httpsPort, signal }) {
  const http = httpPort ?? await freePort()
  const https = httpsPort ?? await freePort()
  const { path: prefix, remove } = await temporaryDirectory('nginx')
  try {
    await chmod(prefix, 0o755) // workers of root's nginx run as nobody
    await symlink(resolve(page), join(prefix, 'page'))
    await writeFile(join(prefix, 'nginx.conf'), nginxConf({
      http: `127.0.0.1:${http}`, https: `127.0.0.1:${https}`, publicPort: https, upstream
    }))
    await makeCertificate(prefix, signal)
    const certificate = await readFile(join(prefix, 'certificate.pem'), 'utf8')
    const child = await startChild({
      name: 'nginx',
      command: 'nginx',
      args: ['-e', 'stderr', '-p', prefix, '-c', 'nginx.conf'],
      env: { ...process.env, PATH },
      ready: /start worker process \d/, // by then it listens
      timeoutMs: 20_000,
      install: 'apt-get install -y nginx',
      signal
    })
    return { httpPort: http, httpsPort: https, certificate, prefix, child: withCleanUp(child, remove) }
  } catch (error) {
    await remove()
    throw portTaken(error) ?? error
  }
}

/** A port that nobody listens on: nginx takes no port 0. Nobody else is likely to get it before. */
export async function freePort () {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** What nginx says of a port that was free when it was chosen. */
function portTaken ({ message }) {
  const address = /bind\(\) to (\S+) failed \(\d+: Address (?:already )?in use\)/.exec(message)?.[1]
  return address && new Error(`nginx cannot listen on ${address}: another program has taken that port. try again`)
}

/** The line of examples/nginx/README.md. */
async function makeCertificate (cwd, signal) {
  await runChild({
    name: 'openssl',
    command: 'openssl',
    args: [
      'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=chat.localhost',
      '-addext', `subjectAltName=${HOSTS.map(host => `DNS:${host}`)}`,
      '-keyout', 'key.pem', '-out', 'certificate.pem'
    ],
    cwd,
    timeoutMs: 20_000,
    install: 'apt-get install -y openssl',
    signal
  })
}
