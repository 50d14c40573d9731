import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import { WebSocket } from 'ws'
import { listen } from '../../helper/build.js'
import { CERTIFICATE, PRIVATE_KEY } from '../../helper/certificate.js'
import { agentFor, ask, openAsk, type Door } from '../../helper/door.js'
import type { Ask, Exchanged } from '../../helper/exchange.js'
import { fakeInstance } from '../../helper/fake-instance.js'
import { nginxInFront, part, type Nginx } from '../../helper/full-stack.js'
import { deadUrl, httpInstance } from '../../helper/http-instance.js'
import { sockjsInstance } from '../../helper/sockjs-instance.js'
import { within } from '../../helper/within.js'

const CONF = readFileSync('examples/nginx/nginx.conf', 'utf8')
const PAGE = 'https://app.chat.localhost:8443'
const EVIL = 'https://evil.localhost:8443'
const BODY_LIMIT_BYTES = 3 * 1_048_576
/** ms for what comes at once, unless nginx keeps it. */
const SOON_MS = 5_000

/** Who reads the page is nobody, where root runs the tests: a directory of its own, that all may read. */
const page = await mkdtemp(join(tmpdir(), 'gatehouse-page-'))
t.teardown(() => rm(page, { recursive: true, force: true }))
await mkdir(join(page, 'assets'))
await writeFile(join(page, 'index.html'), '<title>the page</title>')
await writeFile(join(page, 'assets', 'app-1a2b.js'), 'let it')
await chmod(page, 0o755)

/** What the instance does next; else it answers `ok`. */
let answer: ((response: ServerResponse) => void) | undefined
const instance = await httpInstance(t, (_request, response) => {
  if (answer === undefined) response.end('ok')
  else answer(response)
})
const gateway = await listen(t, {
  STOMP_UPSTREAMS: instance.url,
  ALLOWED_ORIGINS: PAGE,
  TRUST_PROXY: '127.0.0.1',
  BODY_LIMIT_BYTES: String(BODY_LIMIT_BYTES)
})
const nginx = await nginxInFront(t, { upstream: `127.0.0.1:${gateway.port}`, page })
const doorOf = ({ httpsPort, certificate }: Nginx, host = 'api.chat.localhost'): Door =>
  ({ url: `https://${host}:${httpsPort}`, ca: certificate })
const door = doorOf(nginx)
const tls = {
  host: '127.0.0.1', port: nginx.httpsPort, servername: 'api.chat.localhost', ca: nginx.certificate
}
const askAsPage = (path: string, options: Ask = {}) =>
  ask(door, path, { ...options, headers: { origin: PAGE, ...options.headers } })
/** The values of every line of this name (lower-case), in order. */
const linesOf = ({ rawHeaders }: Exchanged, name: string) =>
  rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === name && index % 2 === 1)
t.afterEach(() => { answer = undefined })

t.test('nginx.conf as it stands is one that nginx takes, without a warning', async t => {
  const dir = t.testdir({ 'nginx.conf': CONF, 'certificate.pem': CERTIFICATE, 'key.pem': PRIVATE_KEY, page: {} })
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
  const { stderr, error } = spawnSync('nginx', ['-t', '-e', 'stderr', '-p', dir, '-c', 'nginx.conf'], { env, encoding: 'utf8' })
  if (error !== undefined) throw new Error('nginx is missing. install it: apt-get install -y nginx')
  t.match(stderr, /test is successful/)
  t.notMatch(stderr, /\[(?:warn|error|crit|alert|emerg)\]/)
})

t.test('nginx.conf has no CORS line', async t => {
  t.notMatch(CONF, /access-control/i)
})

t.test('nginx.conf takes other addresses, also those that look like the ones it names', async t => {
  const { nginxConf } = await part('parts/nginx-conf.js')
  const conf: string = nginxConf({ http: '127.0.0.1:8443', https: '127.0.0.1:8000', publicPort: 1, upstream: '127.0.0.1:8080' })
  const named = (text: string) => [...new Set(text.match(/(?:listen|server) 127\S+|\$host:\d+/g))]
  t.same(named(CONF), ['server 127.0.0.1:8000;', 'listen 127.0.0.1:8080', 'listen 127.0.0.1:8443', 'listen 127.0.0.1:8080;', '$host:8443'])
  t.same(named(conf), ['server 127.0.0.1:8080;', 'listen 127.0.0.1:8443', 'listen 127.0.0.1:8000', 'listen 127.0.0.1:8443;', '$host:1'])
})

t.test('a port that another program has taken meanwhile is told', async t => {
  await t.rejects(nginxInFront(t, { upstream: '127.0.0.1:1', page, httpPort: instance.port }),
    { message: `nginx cannot listen on 127.0.0.1:${instance.port}: another program has taken that port. try again` })
})

t.test('a host over plain http', async t => {
  const plain = async (host: string, path: string) => {
    const { status, headers } = await ask({ url: `http://${host}:${nginx.httpPort}` }, path)
    return [status, headers.location]
  }
  t.same(await plain('app.chat.localhost', '/room/1?as=me'),
    [301, `https://app.chat.localhost:${nginx.httpsPort}/room/1?as=me`], 'the page moves to https, on its port')
  t.same(await plain('api.chat.localhost', '/stomp/ws/info'), [421, undefined], 'the API is not redirected')
  t.same(await plain('other.test', '/'), [421, undefined], 'a name that is not ours gets nothing')
})

t.test('the page', async t => {
  for (const host of ['app.chat.localhost', 'evil.localhost']) {
    t.match(await ask(doorOf(nginx, host), '/'), { status: 200, text: '<title>the page</title>' }, host)
  }
  const app = doorOf(nginx, 'app.chat.localhost')
  const index = await ask(app, '/room/1')
  t.match(index, { status: 200, text: '<title>the page</title>' }, 'a path of its own routes is the page')
  t.same([index.headers['cache-control'], index.headers['content-type']], ['no-cache', 'text/html'])
  const asset = await ask(app, '/assets/app-1a2b.js')
  t.same([asset.headers['cache-control'], asset.headers['content-type']],
    ['public, max-age=31536000, immutable', 'text/javascript'])
  const old = await ask(app, '/assets/app-0000.js')
  t.same([old.status, old.headers['cache-control']], [404, undefined], 'an asset that is gone is not the page')
  t.equal((await ask(app, '/stomp/ws/info')).text, '<title>the page</title>', 'it has no API')
})

t.test('a name that is not ours gets nothing over https either', async t => {
  t.equal((await ask(door, '/stomp/ws/info', { headers: { host: 'other.test' } })).status, 421)
})

/** A request whose line is as it is told here, also a whole URL. */
async function askBy (path: string, headers: OutgoingHttpHeaders, edge = nginx) {
  const to = { ...tls, port: edge.httpsPort, ca: edge.certificate }
  const request = httpsRequest({ ...to, path, headers, agent: false })
  request.end()
  const [response] = await within(SOON_MS, `the answer to ${path}`, once(request, 'response')) as [IncomingMessage]
  response.resume()
  return response
}

t.test('a Host line does not forge the host that is forwarded', async t => {
  const other = await listen(t, { STOMP_UPSTREAMS: instance.url, ALLOWED_ORIGINS: PAGE })
  const untold = await nginxInFront(t, { upstream: `127.0.0.1:${other.port}`, page })
  const forged = [
    ['https://api.chat.localhost/stomp/ws/info', 'attacker.example:1'],
    ['https://api.chat.localhost:6666/stomp/ws/info', 'attacker.example'],
    ['/stomp/ws/info', 'api.chat.localhost:6666']
  ] as const
  for (const edge of [nginx, untold]) {
    for (const [line, host] of forged) {
      t.equal((await askBy(line, { host }, edge)).statusCode, 200)
      const { url, headers } = instance.requests.at(-1)!
      t.equal(url, '/ws/info')
      t.equal(headers['x-forwarded-host'], `api.chat.localhost:${edge.httpsPort}`, `${line}, Host: ${host}`)
    }
  }
  const seen = instance.requests.length
  t.equal((await askBy('https://other.test/stomp/ws/info', { host: 'api.chat.localhost' })).statusCode, 421)
  t.equal(instance.requests.length, seen)
})

t.test('/stomp without its slash is not redirected', async t => {
  const { status, headers } = await askAsPage('/stomp')
  t.same([status, headers.location], [404, undefined])
})

t.test('TLS 1.1 is refused, HTTP/2 is spoken', async t => {
  const ciphers = 'DEFAULT@SECLEVEL=0'
  const old = connectTls({ ...tls, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers })
  await t.rejects(once(old, 'secureConnect'), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
  const authority = `api.chat.localhost:${nginx.httpsPort}`
  const session = connectHttp2(`https://${authority}`, {
    createConnection: () => connectTls({ ...tls, ALPNProtocols: ['h2'] })
  })
  t.teardown(() => session.destroy())
  const askHttp2 = async (headers: OutgoingHttpHeaders) => {
    const stream = session.request({ ':path': '/stomp/ws/info', origin: PAGE, ...headers })
    return (await within(SOON_MS, 'the answer', once(stream, 'response')))[0]
  }
  t.match(await askHttp2({}), { ':status': 200, 'access-control-allow-origin': PAGE })
  t.equal(instance.requests.at(-1)?.headers['x-forwarded-host'], authority)
  t.match(await askHttp2({ ':authority': 'api.chat.localhost:6666' }), { ':status': 200 })
  t.equal(instance.requests.at(-1)?.headers['x-forwarded-host'], authority)
  const seen = instance.requests.length
  t.match(await askHttp2({ ':authority': authority, host: 'attacker.example:1' }), { ':status': 400 }, 'two hosts')
  t.match(await askHttp2({ ':authority': 'other.test' }), { ':status': 421 })
  t.equal(instance.requests.length, seen)
})

t.test('an answer has exactly one Access-Control-Allow-Origin and one Vary, whatever the instance says', async t => {
  answer = response => {
    response.setHeader('Access-Control-Allow-Origin', '*')
    response.end('ok')
  }
  const answered = await askAsPage('/stomp/ws/info')
  t.equal(answered.status, 200)
  t.same(linesOf(answered, 'access-control-allow-origin'), [PAGE])
  t.same(linesOf(answered, 'access-control-allow-credentials'), ['true'])
  t.same(linesOf(answered, 'vary'), ['Origin'])
  const preflight = await askAsPage('/stomp/ws/000/s/xhr_send', {
    method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' }
  })
  t.equal(preflight.status, 204)
  t.same(linesOf(preflight, 'access-control-allow-origin'), [PAGE])
})

t.test('a refusal keeps its status, its words and its silence about CORS', async t => {
  const seen = instance.requests.length
  const refused = await askAsPage('/stomp/ws/info', { headers: { origin: EVIL } })
  t.equal(refused.status, 403)
  t.match(JSON.parse(refused.text), { code: 'ERR_ORIGIN_NOT_ALLOWED', message: `The Origin "${EVIL}" is not on the allow-list` })
  t.same(linesOf(refused, 'access-control-allow-origin'), [])
  t.same(linesOf(refused, 'vary'), ['Origin'])
  t.equal(instance.requests.length, seen, 'no instance was asked')
})

t.test('what is forwarded is what nginx saw; a client that lies about itself is not believed', async t => {
  await askAsPage('/stomp/ws/info?a=%2F', {
    headers: {
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'evil.localhost',
      'x-forwarded-prefix': '/evil',
      'x-real-ip': '203.0.113.7',
      forwarded: 'for=203.0.113.7'
    }
  })
  const { url, headers } = instance.requests.at(-1)!
  t.equal(url, '/ws/info?a=%2F')
  t.match(headers, {
    'x-forwarded-for': /^127\.0\.0\.1$/,
    'x-forwarded-proto': /^https$/,
    'x-forwarded-host': `api.chat.localhost:${nginx.httpsPort}`,
    'x-forwarded-prefix': /^\/stomp$/
  })
  t.notMatch(JSON.stringify(headers), /203\.0\.113\.7|evil/)
})

t.test('a gateway that is not told of nginx still learns which host was asked for', async t => {
  const other = await listen(t, { STOMP_UPSTREAMS: instance.url, ALLOWED_ORIGINS: PAGE })
  const edge = await nginxInFront(t, { upstream: `127.0.0.1:${other.port}`, page })
  await ask(doorOf(edge), '/stomp/ws/info')
  const { headers } = instance.requests.at(-1)!
  t.equal(headers['x-forwarded-host'], `api.chat.localhost:${edge.httpsPort}`)
  t.equal(headers['x-forwarded-proto'], 'http', 'and nothing else')
})

t.test('requests on one connection share one connection to the gateway', async t => {
  let connections = 0
  const count = () => { connections++ }
  gateway.app.server.on('connection', count)
  t.teardown(() => gateway.app.server.off('connection', count))
  const agent = agentFor(door, { keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  for (let n = 0; n < 20; n++) t.equal((await askAsPage('/stomp/ws/info', { agent })).status, 200)
  t.ok(connections <= 1, `${connections} connections for 20 requests`)
})

t.test('a stream comes through chunk by chunk, at once', async t => {
  const began = new Promise<ServerResponse>(resolve => {
    answer = response => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      resolve(response)
    }
  })
  const { request, answer: answered } = openAsk(door, '/stomp/ws/000/s/eventsource', { headers: { origin: PAGE } })
  const stream = await within(SOON_MS, 'the request', began)
  t.teardown(() => request.destroy())
  const head = await within(SOON_MS, 'the head', answered)
  const chunks = head.setEncoding('utf8')[Symbol.asyncIterator]()
  const next = (what: string) => within(SOON_MS, what, chunks.next())
  for (const chunk of ['data: o\n\n', 'data: a["1"]\n\n', 'data: a["2"]\n\n']) {
    stream.write(chunk)
    t.equal((await next(JSON.stringify(chunk))).value, chunk)
  }
  stream.end()
  t.equal((await next('the end')).done, true)
})

t.test('a client that leaves a stream ends it at the instance', async t => {
  const before = instance.aborted()
  const left = new Promise<void>(resolve => {
    answer = response => {
      response.write('data: o\n\n')
      response.on('close', () => resolve())
    }
  })
  const { request, answer: answered } = openAsk(door, '/stomp/ws/000/s/eventsource', { headers: { origin: PAGE } })
  await within(SOON_MS, 'the first chunk', answered.then(response => once(response, 'data')))
  request.destroy()
  await within(SOON_MS, 'the end at the instance', left)
  t.equal(instance.aborted(), before + 1)
})

t.test('the limit of a body is the one of the gateway', async t => {
  const body = Buffer.alloc(2 * 1_048_576, 'x')
  t.equal((await askAsPage('/stomp/ws/000/s/xhr_send', { method: 'POST', body })).status, 200)
  t.equal(instance.requests.at(-1)?.body.length, body.length, 'more than the 1 MiB that nginx takes by default')
  const tooLong = await askAsPage('/stomp/ws/000/s/xhr_send', {
    method: 'POST', body: Buffer.alloc(BODY_LIMIT_BYTES + 1)
  })
  t.equal(tooLong.status, 413)
  t.same(linesOf(tooLong, 'access-control-allow-origin'), [PAGE], 'a refusal that the page can read')
})

t.test('a body travels on while it is sent', async t => {
  const raw = await fakeInstance(t)
  const other = await listen(t, { STOMP_UPSTREAMS: raw.url, ALLOWED_ORIGINS: PAGE })
  const edge = await nginxInFront(t, { upstream: `127.0.0.1:${other.port}`, page })
  const way = doorOf(edge)
  const request = httpsRequest(`${way.url}/stomp/ws/upload`, {
    method: 'POST', headers: { origin: PAGE, 'content-length': 10 }, agent: agentFor(way)
  })
  request.on('error', () => {})
  t.teardown(() => request.destroy())
  request.write('first')
  const seen = raw.seen(bytes => bytes.endsWith('first'))
  t.match(await within(SOON_MS, 'the beginning of the body', seen), /first$/)
})

/** What nginx wrote: the files that it has open and those in its directory, by name, and its messages. */
function writtenBy ({ child, prefix }: Nginx): Map<string, string> {
  const master = child.process.pid!
  const workers = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ')
  const opened = [master, ...workers].flatMap(pid =>
    readdirSync(`/proc/${pid}/fd`).map(fd => readlinkSync(`/proc/${pid}/fd/${fd}`)))
  const own = readdirSync(prefix, { recursive: true, encoding: 'utf8' }).map(name => join(prefix, name))
  const files = [...opened, ...own].filter(path => statSync(path, { throwIfNoEntry: false })?.isFile())
  const texts = files.map(path => [path, readFileSync(path, 'latin1')] as const)
  return new Map([...texts, ['messages', child.output()]])
}

t.test('no session id stands in what nginx writes, also when the gateway is down', async t => {
  const dead = new URL(await deadUrl(t)).host
  const downstream = await nginxInFront(t, { upstream: dead, page })
  for (const [edge, status] of [[nginx, 200], [downstream, 502]] as const) {
    const way = doorOf(edge)
    const agent = agentFor(way, { keepAlive: true, maxSockets: 1 })
    t.teardown(() => agent.destroy())
    for (let n = 0; n < 2; n++) { // the first one is logged before the second is read
      const asked = { method: 'POST', headers: { origin: PAGE }, body: '["hi"]', agent }
      t.equal((await ask(way, '/stomp/ws/000/my-session-id/xhr_send', asked)).status, status)
    }
    const written = writtenBy(edge)
    t.match(written.get(join(edge.prefix, 'nginx.pid')), /^\d+\n$/, 'its files are looked at')
    t.same([...written].filter(([, text]) => text.includes('my-session-id')).map(([path]) => path), [])
  }
})

t.test('an upgrade goes through, and so does its refusal', async t => {
  const sockjs = await sockjsInstance(t, { onMessage: (connection, message) => { connection.write(`${message} back`) } })
  const other = await listen(t, { STOMP_UPSTREAMS: sockjs.url, ALLOWED_ORIGINS: PAGE })
  const edge = await nginxInFront(t, { upstream: `127.0.0.1:${other.port}`, page })
  const way = doorOf(edge)
  const open = (origin: string) =>
    new WebSocket(`${way.url}/stomp/echo/websocket`, { origin, agent: agentFor(way) })

  const client = open(PAGE)
  t.teardown(() => client.terminate())
  await once(client, 'open')
  client.send('there and')
  t.equal(String((await once(client, 'message'))[0]), 'there and back')
  const peer = await sockjs.peers.next()
  client.close(4000, 'enough')
  t.same((await once(client, 'close')).map(String), ['4000', 'enough'])
  await peer.closed

  const refused = open(EVIL)
  refused.on('error', () => {})
  const [request, response] = await once(refused, 'unexpected-response') as [{ destroy: () => void }, IncomingMessage]
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  request.destroy()
  t.equal(response.statusCode, 403)
  t.match(JSON.parse(text), { code: 'ERR_ORIGIN_NOT_ALLOWED' })
})

t.test('a cookie as long as the gateway takes reaches the instance, and a longer one is refused by nginx', async t => {
  const cookie = `a=${'x'.repeat(12_000)}`
  t.equal((await askAsPage('/stomp/ws/info', { headers: { cookie } })).status, 200)
  t.equal(instance.requests.at(-1)?.headers.cookie, cookie)
  t.equal((await askAsPage('/stomp/ws/info', { headers: { cookie: `a=${'x'.repeat(17_000)}` } })).status, 400)
})
