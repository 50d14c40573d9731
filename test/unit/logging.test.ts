import t from 'tap'
import { loadConfig } from '../../src/config/load.js'
import { loggerOptions } from '../../src/logging.js'

interface Options {
  level: string
  stream?: unknown
  serializers: { req: (request: object) => object, res: (reply: object) => object }
}

function options (env: Record<string, string> = {}, stream?: { write: () => void }): Options {
  return loggerOptions(loadConfig({ STOMP_UPSTREAMS: 'http://a', ...env }, { dotenvPath: false }), stream) as Options
}

t.test('a request is logged as its method and redacted path, and nothing else of it', async t => {
  const request = {
    method: 'POST', url: '/stomp/ws/000/SECRET/xhr?token=SECRET', headers: { cookie: 'SECRET' }, body: 'SECRET'
  }
  t.same(options().serializers.req(request), { method: 'POST', route: '/stomp/ws/*/*/xhr' })
  t.same(options().serializers.req({ method: 'GET' }), { method: 'GET', route: '' })
})

t.test('the prefix of the settings decides which segment may be shown', async t => {
  const { serializers } = options({ STOMP_PREFIX: '/a/b' })
  t.same(serializers.req({ method: 'GET', url: '/a/b/ws/0/SECRET/xhr' }), { method: 'GET', route: '/a/b/ws/*/*/xhr' })
})

t.test('an answer is logged as its status', async t => {
  t.same(options().serializers.res({ statusCode: 204, headers: { 'set-cookie': 'SECRET' } }), { statusCode: 204 })
})

t.test('level and stream are those given; without a stream it is standard output', async t => {
  const stream = { write: () => {} }
  t.equal(options({ LOG_LEVEL: 'debug' }).level, 'debug')
  t.equal(options({}, stream).stream, stream)
  t.notOk('stream' in options())
})
