import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createRedisSource } from '../../../src/sources/redis.js'
import { readSourcesOnce } from '../../../src/sources/read-once.js'
import { CERTIFICATE, PRIVATE_KEY } from '../../helper/certificate.js'
import { fakeInstance } from '../../helper/fake-instance.js'
import { freePort } from '../../helper/free-port.js'
import { deadUrl } from '../../helper/http-instance.js'
import { recordingSink } from '../../helper/recording-sink.js'
import { failingWay, redisServer, type RedisServer } from '../../helper/redis-server.js'

const NEVER_MS = 600_000
const KEY = 'origins'
const MISSING = "the set 'origins' does not exist: check ORIGIN_REDIS_KEY, or SADD to it; to allow nobody, SADD origins '# nobody'"

/** A log that nothing may be written to. */
function untold (t: Test) {
  const fail = (_data: object, message: string) => { t.fail(message) }
  return { info: fail, warn: fail, error: fail }
}

/** A gateway's source and what it tells; `warnings` are its log lines. */
async function follow (
  t: Test, url: string, { pollMs = NEVER_MS, fetchTimeoutMs = 5_000, redisKey = KEY } = {}
) {
  const sink = recordingSink()
  const warnings: unknown[] = []
  const log = { ...untold(t), warn: (...line: unknown[]) => { warnings.push(line) } }
  const options = { pollMs, fetchTimeoutMs, redisKey, log }
  const source = createRedisSource({ name: 'redis://cache', url }, options)
  t.teardown(() => source.close())
  await source.open(sink)
  const shows = (...entries: string[]) =>
    sink.until(() => JSON.stringify(sink.last()) === JSON.stringify(entries))
  return { sink, source, shows, warnings }
}

/** Resolves once so many connections of gateways are there, and so many of them listen. */
async function connections ({ client }: RedisServer, all: number, listening: number) {
  for (;;) {
    const list = String(await client.client('LIST'))
    const lines = list.split('\n').filter(line => line.includes('name=gatehouse'))
    if (lines.length === all && lines.filter(line => line.includes(' sub=1')).length === listening) return
  }
}

t.test('with one server', async t => {
  const server = await redisServer(t)
  const { client, url } = server
  t.beforeEach(async () => { await client.flushall() })
  t.afterEach(() => connections(server, 0, 0)) // close leaves no socket

  t.test('entries arrive at start, sorted, of the set that the settings name', async t => {
    await client.sadd(KEY, 'null', 'https://b.example.com', 'https://a.example.com')
    t.same((await follow(t, url)).sink.contents[0], ['https://a.example.com', 'https://b.example.com', 'null'])
    await client.sadd('other', '*')
    t.same((await follow(t, url, { redisKey: 'other' })).sink.contents[0], ['*'])
    t.equal((await follow(t, `${url}/1`)).sink.last(), MISSING, 'another database has another set')
    t.same(await readSourcesOnce([{ kind: 'redis', name: 'redis://cache', url }], {
      pollMs: NEVER_MS, fetchTimeoutMs: 5_000, redisKey: KEY, log: untold(t)
    }), [{ name: 'redis://cache', content: ['https://a.example.com', 'https://b.example.com', 'null'] }])
  })

  t.test('a key that does not exist is a failure, at the start and when it goes; comments alone allow nobody', async t => {
    const { sink, source, shows } = await follow(t, url)
    t.same([sink.contents, sink.last()], [[], MISSING])
    await client.sadd(KEY, '# ours', '*', '#')
    await source.reload()
    t.same(sink.last(), ['*'])
    await client.del(KEY)
    await source.reload()
    t.equal(sink.last(), MISSING)
    await connections(server, 2, 1)
    await client.sadd(KEY, '# nobody')
    await client.publish(`${KEY}:changed`, 'now')
    await shows()
  })

  t.test('the same members in another order are no change, and many are not sorted', async t => {
    const { sink, source } = await follow(t, url)
    await client.eval("for n = 1, 1001 do redis.call('SADD', KEYS[1], 'https://n' .. n .. '.example.com') end", 1, KEY)
    await source.reload()
    const many = sink.last() as string[]
    t.same(many, await client.smembers(KEY))
    t.notSame(many, [...many].sort())
    await client.multi().del(KEY).sadd(KEY, ...[...many].sort()).exec()
    t.notSame(await client.smembers(KEY), many)
    await source.reload()
    t.equal(sink.last(), many)
    await client.srem(KEY, many[0]!)
    await source.reload()
    t.same(sink.last(), many.slice(1).sort(), 'a thousand are')
    await client.multi().srem(KEY, many[1]!).sadd(KEY, '*').exec()
    await source.reload()
    t.same(sink.last(), ['*', ...many.slice(2)].sort(), 'as many members, and others')
  })

  t.test('two gateways follow what is added and removed within a second of its message', async t => {
    await client.sadd(KEY, 'https://a.example.com')
    const gateways = [await follow(t, url), await follow(t, `${url}/0`)]
    await connections(server, 4, 2)
    const change = async (command: 'sadd' | 'srem', entry: string, ...left: string[]) => {
      await client[command](KEY, entry)
      const begun = performance.now()
      await client.publish(`${KEY}:changed`, 'now')
      await Promise.all(gateways.map(({ shows }) => shows(...left)))
      t.ok(performance.now() - begun < 1_000)
    }
    await change('sadd', 'https://b.example.com', 'https://a.example.com', 'https://b.example.com')
    await change('srem', 'https://a.example.com', 'https://b.example.com')
    await change('sadd', '# nobody', 'https://b.example.com')
    await change('srem', 'https://b.example.com')
    for (const { sink } of gateways) t.same([sink.contents.length, sink.errors], [4, []])
  })

  t.test('a thousand messages at once make few readings, and the last state is what stays', async t => {
    await client.sadd(KEY, '*')
    const { sink, shows } = await follow(t, url)
    await connections(server, 2, 1)
    await client.config('RESETSTAT')
    const pipeline = client.pipeline()
    for (let n = 0; n < 1_000; n++) pipeline.sadd(KEY, `https://n${n}.example.com`).publish(`${KEY}:changed`, String(n))
    await pipeline.exec()
    await client.multi().del(KEY).sadd(KEY, 'null').publish(`${KEY}:changed`, 'last').exec()
    await shows('null')
    const [, calls] = /cmdstat_smembers:calls=(\d+)/.exec(await client.info('commandstats')) ?? []
    t.ok(Number(calls) < 500, `${calls} readings`)
    t.same(sink.errors, [])
  })

  t.test('a change without a message is seen by polling', async t => {
    const { shows } = await follow(t, url, { pollMs: 20 })
    await client.sadd(KEY, 'null')
    await shows('null')
  })

  t.test('a connection that is cut is made again, and what changed meanwhile is read', async t => {
    await client.sadd(KEY, 'null', '# ours')
    const { sink, source, shows } = await follow(t, url)
    await connections(server, 2, 1)
    await source.reload() // and with it those readings that begin by themselves
    await client.srem(KEY, 'null')
    await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await shows()
    await client.sadd(KEY, '*')
    await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await shows('*')
    await connections(server, 2, 1)
    t.same(sink.errors, [])
  })

  t.test('a key of another type, a set too large and an entry too long are refused, and the last list stays', async t => {
    await client.sadd(KEY, 'null')
    const { sink, source } = await follow(t, url)
    await connections(server, 2, 1)
    const refusal = async (prepare: () => Promise<unknown>) => {
      await client.del(KEY)
      await prepare()
      const told = sink.contents.length
      await source.reload()
      t.equal(sink.contents.length, told)
      return sink.last()
    }
    t.equal(await refusal(() => client.set(KEY, 'null')), "'origins' holds no set: delete that key, or set another ORIGIN_REDIS_KEY")
    const fill = "for n = 1, 100001 do redis.call('SADD', KEYS[1], n) end"
    t.equal(await refusal(() => client.eval(fill, 1, KEY)), 'the set has 100001 members: at most 100000 are taken')
    await client.srem(KEY, '1')
    await source.reload()
    t.equal((sink.last() as string[]).length, 100_000)
    t.equal(await refusal(() => client.sadd(KEY, 'x'.repeat(2_049))), 'a member has more than 2048 characters: remove it with SREM')
  })

  t.test('a user who may not read is refused, one who may not listen is polled and told in the log', async t => {
    await client.call('ACL', 'SETUSER', 'blind', 'on', '>pw', '~*', '&*', '+@all', '-smembers')
    await client.call('ACL', 'SETUSER', 'deaf', 'on', '>pw', '~*', 'resetchannels', '+@all')
    const as = (user: string) => url.replace('//', `//${user}:pw@`)
    await client.sadd(KEY, '*')
    t.equal((await follow(t, as('blind'))).sink.last(), 'its user may not read the set: allow it SELECT, SCARD and SMEMBERS')
    const { shows, warnings } = await follow(t, as('deaf'), { pollMs: 20 })
    await client.sadd(KEY, 'null')
    await shows('*', 'null')
    t.same(warnings, [[{ source: 'redis://cache', reason: 'NOPERM' }, 'origin source hears of no changes, and is polled']])
  })

  t.test('a database that does not exist is refused, and no other is read instead', async t => {
    await client.sadd(KEY, 'null')
    const { sink, source } = await follow(t, `${url}/9999`)
    await source.reload()
    t.same(sink.contents, [])
    t.match(sink.last(), /^it cannot be read \(ERR\): check its address and database/)
  })

  t.test('close while it connects leaves nothing behind', async t => {
    const sink = recordingSink()
    const source = createRedisSource({ name: 'x', url },
      { pollMs: NEVER_MS, fetchTimeoutMs: 5_000, redisKey: KEY, log: untold(t) })
    const opened = source.open(sink)
    await source.close()
    await opened
    await source.reload()
    t.equal(sink.told(), 0)
  })
})

t.test('a server that dies is told at once, the last list stays, and it is followed again when it is back', async t => {
  const server = await redisServer(t)
  await server.client.sadd(KEY, 'null')
  const { sink, source, shows } = await follow(t, server.url)
  await connections(server, 2, 1)
  await source.reload() // and with it those readings that begin by themselves
  await server.kill()
  await sink.until(() => sink.errors.length === 1)
  t.same(sink.contents, [['null'], ['null']])
  t.equal(sink.last(), 'it cannot be read (ECONNREFUSED): check its address and database, and that the server runs')
  const { client } = await redisServer(t, [], server.port)
  await client.sadd(KEY, 'null', '*')
  await client.publish(`${KEY}:changed`, 'now')
  await shows('*', 'null')
})

t.test('a server that dies while it is asked is told', async t => {
  const server = await redisServer(t)
  await server.client.sadd(KEY, 'null')
  const { sink, source } = await follow(t, server.url)
  await connections(server, 2, 1)
  server.process.kill('SIGSTOP')
  const reloaded = source.reload()
  await server.kill()
  await reloaded
  // The question fails with its connection, or with the next one, when that is tried before it is told.
  t.match(sink.errors[0], { message: /^(?:the connection broke|it cannot be read \(ECONNREFUSED\)): check .*that the server runs$/ })
})

t.test('a server that hangs is told after the time-out, and followed when it goes on', async t => {
  const server = await redisServer(t)
  await server.client.sadd(KEY, 'null')
  const { sink, source, shows } = await follow(t, server.url, { fetchTimeoutMs: 100 })
  await connections(server, 2, 1)
  server.process.kill('SIGSTOP')
  await source.reload()
  t.equal(sink.last(), 'it did not answer within 100 ms: check the server, or raise ORIGIN_FETCH_TIMEOUT_MS')
  server.process.kill('SIGCONT')
  await shows('null')
})

t.test('connections that die without a word are made again, the one that reads and the one that listens', async t => {
  for (const pollMs of [50, NEVER_MS]) { // the listener is asked by the way, or every five seconds
    const server = await redisServer(t)
    await server.client.sadd(KEY, 'null')
    const way = await failingWay(t, server.port)
    const { sink, source, shows } = await follow(t, `redis://127.0.0.1:${way.port}`, { pollMs, fetchTimeoutMs: 200 })
    await connections(server, 2, 1)
    await source.reload() // and with it those readings that begin by themselves
    way.blackhole()
    await server.client.sadd(KEY, '*')
    await shows('*', 'null')
    await connections(server, 4, 2) // two of them dead
    t.match(sink.errors[0]?.message, /^it did not answer within 200 ms/)
    t.equal(way.count(), 4)
  }
})

t.test('a password is needed, sent and shown nowhere', async t => {
  const { client, url } = await redisServer(t, ['--requirepass', 's,cret'])
  await client.sadd(KEY, 'null')
  const as = (user: string) => url.replace('//', `//${user}@`)
  t.same((await follow(t, as(':s%2Ccret'))).sink.contents[0], ['null'])
  t.same((await follow(t, as('default:s%2Ccret'))).sink.contents[0], ['null'])
  t.equal((await follow(t, url)).sink.last(), 'it wants a password: write redis://:password@host')
  const { sink } = await follow(t, as(':hunter2'))
  t.equal(sink.last(), 'it refused the user name or password: correct them in its URL')
  t.notMatch(JSON.stringify([sink.errors, sink.errors.map(({ stack, cause }) => [stack, cause])]), /hunter2/)
})

t.test('rediss: speaks TLS, and trusts no certificate that nobody vouches for', async t => {
  const dir = t.testdir({ cert: CERTIFICATE, key: PRIVATE_KEY })
  const port = await freePort()
  await redisServer(t, ['--tls-port', String(port), '--tls-cert-file', join(dir, 'cert'), '--tls-key-file', join(dir, 'key'),
    '--tls-auth-clients', 'no'])
  const { sink } = await follow(t, `rediss://localhost:${port}`)
  t.equal(sink.last(), 'it cannot be read (DEPTH_ZERO_SELF_SIGNED_CERT): check its address and database, and that the server runs')
})

t.test('a server that is not there is told, also at the default port', async t => {
  const dead = (await deadUrl(t)).replace('http', 'redis')
  const { sink, source } = await follow(t, dead)
  t.match(sink.last(), /^it cannot be read \(ECONNREFUSED\)/)
  await source.close()
  t.match((await follow(t, 'redis://127.0.0.77', { fetchTimeoutMs: 1_000 })).sink.last(), /^it (cannot be read|did not answer)/)
})

t.test('a server that takes the connection and says nothing is left, and tried again', async t => {
  const instance = await fakeInstance(t, () => {})
  const { sink } = await follow(t, instance.url.replace('http', 'redis'), { fetchTimeoutMs: 100 })
  t.equal(sink.last(), 'it did not answer within 100 ms: check the server, or raise ORIGIN_FETCH_TIMEOUT_MS')
  await instance.connection(3) // two more than there were
})

t.test('to be closed before the channel is confirmed is nothing to warn of', async t => {
  const instance = await fakeInstance(t, () => {})
  const sink = recordingSink()
  const source = createRedisSource({ name: 'x', url: instance.url.replace('http', 'redis') },
    { pollMs: NEVER_MS, fetchTimeoutMs: 5_000, redisKey: KEY, log: untold(t) })
  const opened = source.open(sink)
  for (const index of [0, 1]) {
    const socket = await instance.connection(index)
    await instance.seen(bytes => bytes.toLowerCase().includes('setname'), index)
    socket.write('+OK\r\n+OK\r\n') // to HELLO and CLIENT SETNAME
  }
  await Promise.any([0, 1].map(index => instance.seen(bytes => bytes.toLowerCase().includes('subscribe'), index)))
  await source.close()
  await opened
  t.equal(sink.told(), 0)
})
