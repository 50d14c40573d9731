import { createRequire } from 'node:module'
import { join } from 'node:path'
import t from 'tap'
import type { SourceSpec } from '../../../src/config/origin-sources.js'
import { createSources } from '../../../src/sources/create.js'
import { readSourcesOnce } from '../../../src/sources/read-once.js'
import { fakeInstance } from '../../helper/fake-instance.js'
import { httpInstance } from '../../helper/http-instance.js'
import { recordingSink } from '../../helper/recording-sink.js'

const log = { info: () => {}, warn: () => {}, error: () => {} }
const options = { pollMs: 60_000, fetchTimeoutMs: 5_000, redisKey: 'origins', log }

t.test('a list is delivered at once and on reload, and not after close', async t => {
  const [source] = await createSources([{ kind: 'list', name: 'env', entries: ['null'] }], options)
  const sink = recordingSink()
  await source!.open(sink)
  await source!.reload()
  t.same(sink.contents, [['null'], ['null']])
  await source!.close()
  await source!.reload()
  t.same([source!.name, sink.told()], ['env', 2])
})

t.test('reads every kind once, in the order asked for, and leaves nothing open', async t => {
  const server = await httpInstance(t, (_request, response) => { response.end('["https://b.example.com"]') })
  const dir = t.testdir({ 'o.txt': 'https://a.example.com', 'p.mjs': 'export default () => ({ match: () => "mine" })' })
  const specs: SourceSpec[] = [
    { kind: 'list', name: 'env', entries: ['null'] },
    { kind: 'file', name: 'file:o.txt', path: join(dir, 'o.txt') },
    { kind: 'http', name: 'http://list', url: server.url },
    { kind: 'module', name: 'module:p.mjs', path: join(dir, 'p.mjs') },
    { kind: 'file', name: 'file:missing', path: join(dir, 'missing') }
  ]
  const readings = await readSourcesOnce(specs, options)
  t.same(readings.map(({ name }) => name), specs.map(({ name }) => name))
  t.same(readings.slice(0, 3).map(({ content }) => content), [['null'], ['https://a.example.com'], ['https://b.example.com']])
  t.match(readings[3], { content: { match: Function } })
  t.match(readings[4], { error: { message: /missing does not exist/ } })
  t.notOk('content' in readings[4]! || 'error' in readings[0]!)
})

t.test('ioredis is loaded when a redis source is opened, and not before', async t => {
  const isLoaded = () => Object.keys(createRequire(import.meta.url).cache).some(path => path.includes('/node_modules/ioredis/'))
  const instance = await fakeInstance(t)
  const url = instance.url.replace('http', 'redis')
  const sources = await createSources([{ kind: 'redis', name: url, url }], { ...options, fetchTimeoutMs: 1_500 })
  t.equal(isLoaded(), false)
  const sink = recordingSink()
  const opened = sources[0]!.open(sink)
  await instance.connection(1) // both connections are there
  t.equal(isLoaded(), true)
  await opened // it says nothing, as no server does that is no Redis
  await sources[0]!.close()
  t.match(sink.errors, [{ message: 'it did not answer within 1500 ms: check the server, or raise ORIGIN_FETCH_TIMEOUT_MS' }])
})
