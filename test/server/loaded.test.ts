import Fastify from 'fastify'
import { createRequire } from 'node:module'
import t from 'tap'
import { loadHttpProxy } from '../../src/proxy/load-http-proxy.js'
import { WITHOUT_SCHEMAS } from '../../src/without-schemas.js'
import { listenerUrl, startProcess } from '../helper/gateway-process.js'
import { httpInstance } from '../helper/http-instance.js'

t.setTimeout(90_000) // a process is started, perhaps on a busy machine

/** Whether this process has loaded any of a package. */
const isLoaded = (name: string): boolean =>
  Object.keys(createRequire(import.meta.url).cache).some(path => path.includes(`/node_modules/${name}/`))

/** For a process of its own: tells what is loaded when the first listener opens. */
const TELL = `
import { createRequire } from 'node:module'
import { Server } from 'node:net'
const { listen } = Server.prototype
Server.prototype.listen = function (...args) {
  console.error('loaded: ' + Object.keys(createRequire('/').cache).join())
  Server.prototype.listen = listen
  return listen.apply(this, args)
}`

t.test('a process listens before it loads what the admin listener or a source over http needs', async t => {
  const gateway = startProcess(t, {
    NODE_ENV: 'production',
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TELL)}`,
    PORT: '0',
    ADMIN_PORT: '0',
    STOMP_UPSTREAMS: 'http://127.0.0.1:9'
  })
  await listenerUrl(gateway, 'public')
  const [, loaded = ''] = /^loaded: (.*)$/m.exec(gateway.stderr()) ?? []
  t.match(loaded, '/node_modules/@fastify/http-proxy/')
  for (const name of ['undici', 'ajv', '@fastify/fast-json-stringify-compiler', '@fastify/swagger']) {
    t.notMatch(loaded, `/node_modules/${name}/`, name)
  }
})

t.test('http-proxy gets undici when it asks for it, and works as ever', async t => {
  const httpProxy = loadHttpProxy()
  t.notOk(isLoaded('undici'))
  const instance = await httpInstance(t)
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(httpProxy, { upstream: instance.url })
  t.match(await app.inject('/path'), { statusCode: 200, body: 'GET /path' })
  t.ok(isLoaded('undici'))
  t.equal(loadHttpProxy(), httpProxy, 'and so it does where undici is loaded already')
})

t.test('a route with a schema is refused where there are no compilers', async t => {
  for (const schema of [{ querystring: {} }, { response: { 200: {} } }]) {
    const app = Fastify(WITHOUT_SCHEMAS)
    app.get('/', { schema }, async () => 'never')
    await t.rejects(async () => { await app.ready() }, /leave WITHOUT_SCHEMAS out/)
  }
})
