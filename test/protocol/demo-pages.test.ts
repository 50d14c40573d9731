import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { Test } from 'tap'
import { startDemo } from '../../src/demo/demo.js'
import type { Demo } from '../../src/demo/demo.js'
import { listen, listenOnLocalhost } from '../../src/demo/listen.js'
import { startPage } from '../../src/demo/page.js'
import type { Page } from '../../src/demo/page.js'

const hasIpv6 = Object.values(networkInterfaces()).flat().some(address => address?.address === '::1')

async function serve (t: Test): Promise<Page> {
  const page = await startPage({ port: 0 })
  t.teardown(() => page.close())
  return page
}

async function begin (t: Test): Promise<Demo> {
  const demo = await startDemo({ pagePorts: [0, 0] })
  t.teardown(() => demo.close())
  return demo
}

const portOf = (url: string) => Number(new URL(url).port)

/** A port that is taken until the test ends. */
async function occupy (t: Test): Promise<number> {
  const server = createServer()
  await listen(server, 0, '127.0.0.1')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

/** The answer to one request whose path is sent as it is written here; fetch would tidy it. */
async function ask (page: Page, path: string, method = 'GET'): Promise<{ response: IncomingMessage, body: string }> {
  const [response] = await once(request(page.origin, { path, method }).end(), 'response') as [IncomingMessage]
  return { response, body: await text(response) }
}

const assets = [
  ['/', 'text/html; charset=utf-8', /<title>/],
  ['/?from=elsewhere', 'text/html; charset=utf-8', /<title>/],
  ['/chat.js', 'text/javascript; charset=utf-8', /new SockJS/],
  ['/chat.css', 'text/css; charset=utf-8', /body/],
  ['/favicon.svg', 'image/svg+xml; charset=utf-8', /<svg/],
  ['/sockjs.min.js', 'text/javascript; charset=utf-8', /sockjs-client v1/],
  ['/stomp.umd.min.js', 'text/javascript; charset=utf-8', /StompJs/]
] as const
for (const [path, type, content] of assets) {
  t.test(`serves ${path} as ${type}`, async t => {
    const { response, body } = await ask(await serve(t), path)
    t.equal(response.statusCode, 200)
    t.match(response.headers, { 'content-type': type, 'x-content-type-options': 'nosniff' })
    t.match(body, content)
  })
}

for (const path of ['/package.json', '/../page.ts', '/%2e%2e/page.ts', '//etc/passwd', '/chat.js/', '/public', '*']) {
  t.test(`answers 404 to ${path}, which is not on its list`, async t => {
    t.equal((await ask(await serve(t), path)).response.statusCode, 404)
  })
}

t.test('answers 405 to methods other than GET and HEAD', async t => {
  const { response } = await ask(await serve(t), '/', 'POST')
  t.match(response, { statusCode: 405, headers: { allow: 'GET, HEAD' } })
})

t.test('answers HEAD like GET without the body', async t => {
  const page = await serve(t)
  const { response, body } = await ask(page, '/chat.js', 'HEAD')
  t.match(response, { statusCode: 200, headers: { 'content-type': 'text/javascript; charset=utf-8' } })
  t.equal(Number(response.headers['content-length']), Buffer.byteLength((await ask(page, '/chat.js')).body))
  t.equal(body, '')
})

t.test('tells where the gateway is once it knows, and lets the page connect there and nowhere else', async t => {
  const page = await serve(t)
  const before = await ask(page, '/config.json')
  t.equal(before.response.statusCode, 503)
  t.match(before.response.headers['content-security-policy'], /connect-src 'self';/)
  const config = { gatewayUrl: 'http://127.0.0.1:8000', pages: ['http://localhost:3000', 'http://localhost:3001'] }
  page.configure(config)
  const after = await ask(page, '/config.json')
  t.equal(after.response.statusCode, 200)
  t.strictSame(JSON.parse(after.body), config)
  const policy = (await ask(page, '/')).response.headers['content-security-policy']
  t.match(policy, "connect-src 'self' http://127.0.0.1:8000 ws://127.0.0.1:8000;")
  t.match(policy, "default-src 'none'; script-src 'self';")
})

t.test('refers to no script, style or picture from elsewhere', async t => {
  const { body } = await ask(await serve(t), '/')
  t.match(body, /src="\/sockjs.min.js"/)
  t.strictSame(body.match(/(src|href)="(?!\/)[^"]*"/g), null)
  t.notMatch(body, /<script>|<style>|\son\w+=/, 'nothing inline, which the policy would stop')
})

t.test('listens on every address that localhost may stand for', async t => {
  const page = await serve(t)
  t.equal((await fetch(`http://127.0.0.1:${portOf(page.origin)}/`)).status, 200)
  if (hasIpv6) t.equal((await fetch(`http://[::1]:${portOf(page.origin)}/`)).status, 200)
})

t.test('listens on 127.0.0.1 alone where there is no IPv6', async t => {
  const open = await listenOnLocalhost(0, () => {}, '2001:db8::1') // a documentation address: no machine has it
  t.teardown(() => open.close())
  const socket = connect(open.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.destroy()
})

t.test('rejects when the port is taken on 127.0.0.1', async t => {
  const port = await occupy(t)
  await t.rejects(startPage({ port }), { code: 'EADDRINUSE', port })
})

t.test('rejects when the port is taken on the second address, and leaves the first one free', async t => {
  const error = await listenOnLocalhost(0, () => {}, '127.0.0.1').catch(error => error) // taken by its own first
  t.equal(error.code, 'EADDRINUSE')
  const [refused] = await once(connect(error.port, '127.0.0.1'), 'error')
  t.equal(refused.code, 'ECONNREFUSED')
})

t.test('starts two instances and one page on two origins, of which the first is allowed', async t => {
  const demo = await begin(t)
  const pages = await demo.servePages('http://127.0.0.1:8000')
  t.equal(pages.length, 2)
  t.strictSame(demo.allowedOrigins, [pages[0]])
  const configs = await Promise.all(pages.map(async page => await (await fetch(`${page}/config.json`)).json()))
  const config = { gatewayUrl: 'http://127.0.0.1:8000', pages }
  t.strictSame(configs, [config, config])
  const names = await Promise.all(demo.upstreams.map(async url => await (await fetch(`${url}/requests`)).json()))
  t.match(names, [{ name: 'A' }, { name: 'B' }])
})

t.test('starts on the ports it is given', async t => {
  const free = await listenOnLocalhost(0, () => {})
  await free.close()
  const demo = await startDemo({ pagePorts: [free.port, 0] })
  t.teardown(() => demo.close())
  t.strictSame(demo.allowedOrigins, [`http://localhost:${free.port}`])
})

t.test('rejects when a page port is taken, having closed what was open', async t => {
  const port = await occupy(t)
  const free = await listenOnLocalhost(0, () => {})
  await free.close()
  await t.rejects(startDemo({ pagePorts: [free.port, port] }), { code: 'EADDRINUSE', port })
  const [error] = await once(connect(free.port, '127.0.0.1'), 'error')
  t.equal(error.code, 'ECONNREFUSED')
})

t.test('does not wait for an answer that never comes when it is closed', async t => {
  let noteRequest = () => {}
  const arrived = new Promise<void>(resolve => { noteRequest = resolve })
  const open = await listenOnLocalhost(0, () => noteRequest()) // and no answer
  const socket = connect(open.port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await arrived
  const closed = once(socket, 'close')
  await open.close()
  t.match(await closed, [false], 'the socket ends without an error')
})

t.test('ends instances and pages when it is closed', async t => {
  const demo = await begin(t)
  const pages = await demo.servePages('http://127.0.0.1:8000')
  await demo.close()
  for (const url of [...demo.upstreams, ...pages]) {
    const [error] = await once(connect(portOf(url), '127.0.0.1'), 'error')
    t.equal(error.code, 'ECONNREFUSED', url)
  }
})
