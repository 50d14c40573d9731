import t from 'tap'
import { compileOwnOrigins } from '../../../src/origin/decide.js'
import { LivePolicy } from '../../../src/origin/live-policy.js'
import type { OriginPolicy, OriginSink, OriginSource, SourceContent } from '../../../src/origin/policy.js'
import type { PolicyEvent } from '../../../src/origin/source-state.js'

/** A source that tells what the test says, when it says so. */
class Told implements OriginSource {
  sink: OriginSink | undefined
  isClosed = false
  constructor (readonly name: string, private content: SourceContent | Error) {}

  async open (sink: OriginSink) {
    this.sink = sink
    await this.reload()
  }

  async reload () { await this.tell(this.content) }

  async tell (content: SourceContent | Error) {
    this.content = content
    if (content instanceof Error) this.sink?.fail(content)
    else await this.sink?.deliver(content)
  }

  async close () { this.isClosed = true }
}

function live (...sources: Told[]) {
  const events: PolicyEvent[] = []
  let pauses = 0
  const rests: number[] = []
  let clock = 1_000
  const policy = new LivePolicy({
    sources,
    own: compileOwnOrigins(['https://gate.example.com']).allowList,
    missingOnUpgrade: 'deny',
    now: () => clock++,
    pause: async () => { pauses++ },
    rest: async ms => { rests.push(ms) },
    onEvent: event => { events.push(event) }
  })
  const decide = (origin: string, host?: string) => policy.decide({
    origins: [origin], fetchSites: [], door: 'http', sockjs: true, ...(host !== undefined && { host })
  })
  return {
    policy,
    events,
    decide,
    rests,
    pauses: () => pauses,
    setClock: (ms: number) => { clock = ms },
    allows: (origin: string) => decide(origin).allowed
  }
}

t.test('the lists of all sources unite, and the gateway\'s own origins are always let in', async t => {
  const slow = new Told('two', ['https://b.com', 'https://c.com'])
  const { reload } = slow
  slow.reload = async () => {
    await new Promise(resolve => setImmediate(resolve))
    await reload.call(slow)
  }
  const { policy, decide, events } = live(new Told('one', ['https://a.com', 'https://b.com']), slow)
  t.match(decide('https://a.com'), { allowed: false, reason: 'not-listed' }, 'nothing was read yet')
  t.match(decide('https://gate.example.com'), { allowed: true, reason: 'own' })
  t.equal(policy.generation, 0)
  await policy.start()
  for (const origin of ['https://a.com', 'https://b.com', 'https://c.com']) {
    t.match(decide(origin), { allowed: true, reason: 'listed', entry: origin })
  }
  t.match(decide('https://d.com'), { allowed: false, reason: 'not-listed' })
  t.same(policy.entries(), ['https://a.com', 'https://b.com', 'https://c.com'])
  t.equal(policy.generation, 1)
  t.match(events, [{ kind: 'changed', change: { sources: ['one', 'two'], added: 3, removed: 0, entries: 3 } }])
  t.equal(events.length, 1, 'all are enforced at once')
})

t.test('a change is enforced when deliver resolves, and listeners are told after it', async t => {
  const source = new Told('list', ['https://a.com'])
  const { policy, allows, events } = live(source)
  await policy.start()
  const seen: boolean[] = []
  const stop = policy.onChange(() => { seen.push(allows('https://b.com')) })
  await source.tell(['https://b.com'])
  t.same(seen, [true])
  t.same([allows('https://a.com'), allows('https://b.com')], [false, true])
  t.match(events.at(-1), {
    kind: 'changed',
    change: {
      sources: ['list'],
      added: 1,
      removed: 1,
      entries: 1,
      examples: { added: ['https://b.com'], removed: ['https://a.com'] }
    }
  })
  stop()
  await source.tell([])
  t.equal(seen.length, 1, 'an ended listener is not told')
  t.same([allows('https://a.com'), allows('https://b.com')], [false, false], 'an empty list allows nobody')
})

t.test('a list that says the same again changes nothing', async t => {
  const source = new Told('list', ['https://a.com', 'http://b.com'])
  const { policy, events } = live(source)
  await policy.start()
  const { generation } = policy
  await policy.reload()
  t.equal(policy.generation, generation)
  t.same(events.map(({ kind }) => kind), ['changed'])
  const [state] = policy.sources()
  t.ok(Number(state?.readAt) > Number(state?.changedAt), 'it was read later than it changed')
  await source.tell(['https://a.com'])
  await source.tell(['https://b.com'])
  t.equal(policy.generation, generation + 2, 'fewer entries, and as many others, are changes')
})

t.test('a source that is seen to be unchanged is as old as that look, unless it is in error', async t => {
  const source = new Told('list', ['https://a.com'])
  const { policy, events } = live(source)
  await policy.start()
  const readAt = () => Number(policy.sources()[0]?.readAt)
  const first = readAt()
  source.sink?.unchanged()
  const second = readAt()
  t.ok(second > first)
  await source.tell(new Error('gone'))
  source.sink?.unchanged()
  t.equal(readAt(), second)
  t.same(events.map(({ kind }) => kind), ['changed', 'failed'])
})

t.test('one bad entry refuses its change whole, names every fault, and the last good list stays', async t => {
  const source = new Told('list', ['https://a.com'])
  const { policy, allows, events } = live(source, new Told('other', ['https://c.com']))
  await policy.start()
  await source.tell(['https://b.com', 'https://*.com', 'example.com'])
  t.same([allows('https://a.com'), allows('https://b.com'), allows('https://c.com')], [true, false, true])
  t.match(events.at(-1), { kind: 'refused', source: 'list', faults: [{ entry: 'https://*.com' }, { entry: 'example.com' }] })
  t.match(policy.sources()[0], {
    holds: 'list', entries: 1, refusals: 1, failures: 0, error: { message: /^the last good list stays[^]*"https:\/\/\*\.com"[^]*"example\.com"/ }
  })
  await source.tell(['https://b.com', 'https://*.com', 'example.com'])
  t.equal(events.filter(({ kind }) => kind === 'refused').length, 1, 'the same fault is told once')
  t.equal(policy.sources()[0]?.refusals, 2)
  await source.tell(['https://b.com'])
  t.same([allows('https://a.com'), allows('https://b.com')], [false, true])
  t.same(events.slice(-2).map(({ kind }) => kind), ['recovered', 'changed'])
  t.equal(policy.sources()[0]?.error, undefined)
})

t.test('of very many bad entries the first thousand are named, and long ones are cut', async t => {
  const source = new Told('list', [`https://${'a'.repeat(400)}`, ...Array.from({ length: 1_500 }, (_, i) => `https://bad-${i}/`.repeat(2))])
  const { policy } = live(source)
  await policy.start()
  const lines = String(policy.sources()[0]?.error?.message).split('\n')
  t.equal(lines.length, 1 + 1_000 + 1)
  t.match(lines[1], /^"https:\/\/a{248}": /)
  t.equal(lines.at(-1), 'and 501 more')
})

t.test('a list that cannot even be judged is refused', async t => {
  const source = new Told('list', ['https://a.com'])
  const { policy, allows, events } = live(source)
  await policy.start()
  await source.tell([42] as unknown as string[])
  t.ok(allows('https://a.com'))
  t.match(events.at(-1), { kind: 'refused', faults: [{ messages: [/cannot be judged/] }] })
})

t.test('a list that comes after a start without any is enforced', async t => {
  const source = new Told('late', new Error('no such file'))
  const { policy, allows } = live(source)
  await policy.start()
  await source.tell(['https://a.com'])
  t.ok(allows('https://a.com'))
})

t.test('a source that fails keeps what it had', async t => {
  const source = new Told('list', ['https://a.com'])
  const { policy, allows, events } = live(source, new Told('never', new Error('no such file')))
  await policy.start()
  t.match(policy.sources()[1], { name: 'never', holds: 'nothing', failures: 1, error: { message: 'no such file' } })
  await source.tell(new Error('refused'))
  await source.tell(new Error('refused'))
  await source.tell(new Error('timed out'))
  t.ok(allows('https://a.com'))
  t.match(policy.sources()[0], { holds: 'list', failures: 3, error: { message: 'timed out' } })
  t.same(events.filter(({ kind }) => kind === 'failed').length, 3, 'each failure is told once until it changes')
})

const byHost: OriginPolicy = {
  match: (origin, { host, door }) => origin !== 'null' && origin.host === `app.${host}` ? `tenant ${host} ${door}` : undefined
}

t.test('a policy of its own is asked after the lists, with door and Host', async t => {
  const source = new Told('module', byHost)
  const { policy, decide } = live(new Told('list', ['https://a.com']), source)
  await policy.start()
  t.match(decide('https://app.acme.com', 'acme.com'), { allowed: true, reason: 'listed', entry: 'tenant acme.com http' })
  t.match(decide('https://app.acme.com', 'other.com'), { allowed: false, reason: 'not-listed' })
  t.match(decide('https://a.com', 'acme.com'), { entry: 'https://a.com' })
  t.match(policy.sources()[1], { holds: 'policy', entries: 0 })
  const { generation } = policy
  await policy.reload()
  t.equal(policy.generation, generation + 1, 'a policy told again may answer differently')
  await source.tell(['https://b.com'])
  t.match(decide('https://app.acme.com', 'acme.com'), { allowed: false }, 'a list takes its place')
  await source.tell(byHost)
  t.match(decide('https://b.com'), { allowed: false })
})

const failures = [
  ['throws an Error', () => { throw new Error('no database') }, /no database/],
  ['throws what is no Error', () => { throw Object.create(null) }, /no Error/],
  ['returns a promise', async () => 'yes', /it returned a promise/],
  ['returns a promise that rejects', async () => { throw new Error('late') }, /it returned a promise/],
  ['returns true', () => true, /it returned a boolean/],
  ['returns an object', () => ({ allowed: true }), /it returned a object/]
] as const
for (const [name, match, message] of failures) {
  t.test(`a policy that ${name} refuses`, async t => {
    const { policy, decide } = live(new Told('module', { match } as unknown as OriginPolicy))
    await policy.start()
    const decision = decide('https://a.com')
    t.match(decision, { allowed: false, reason: 'policy-failed', cause: { message } })
    t.notMatch(JSON.stringify(decision), 'no database', 'the client is not told the cause')
  })
}
for (const no of [undefined, null, false, '']) {
  t.test(`a policy that returns ${JSON.stringify(no)} says no`, async t => {
    const { policy, decide } = live(new Told('module', { match: () => no } as unknown as OriginPolicy), new Told('m2', byHost))
    await policy.start()
    t.match(decide('https://a.com'), { allowed: false, reason: 'not-listed' })
    t.match(decide('null'), { allowed: false, reason: 'null' })
    t.match(decide('https://app.a.com', 'a.com'), { allowed: true }, 'and the next one is asked')
  })
}

t.test('of changes that come faster than they are judged, the newest is enforced and all resolve', async t => {
  const source = new Told('list', [])
  const { policy, allows, events } = live(source)
  await policy.start()
  await Promise.all(Array.from({ length: 1_000 }, (_, i) => source.tell([`https://app-${i}.example.com`])))
  t.same(policy.entries(), ['https://app-999.example.com'])
  t.ok(allows('https://app-999.example.com'))
  t.ok(events.length < 20, `${events.length} swaps`)
})

t.test('a long list is judged in slices, and an entry that stays is not judged again', async t => {
  const many = Array.from({ length: 5_000 }, (_, i) => `https://app-${i}.example.com`)
  const source = new Told('list', many)
  const { policy, pauses, allows } = live(source)
  await policy.start()
  const first = pauses()
  t.ok(first >= 20, `${first} pauses`)
  await source.tell([...many, 'https://new.example.com'])
  t.ok(allows('https://new.example.com') && allows('https://app-4999.example.com'))
  t.ok(pauses() - first < 10, `${pauses() - first} more pauses`)
})

t.test('swaps are twenty milliseconds apart, also when the clock is set back', async t => {
  const source = new Told('list', ['https://a.com'])
  const { policy, rests, setClock } = live(source)
  await policy.start()
  t.same(rests, [], 'the first one is not waited for')
  await source.tell(['https://b.com'])
  t.equal(rests.length, 1)
  t.ok(rests[0]! > 0 && rests[0]! < 20)
  setClock(1_000_000)
  await source.tell(['https://c.com'])
  t.equal(rests.length, 1, 'later ones are neither')
  setClock(0)
  await source.tell(['https://d.com'])
  t.equal(rests[1], 20)
})

t.test('nothing is taken after close, and what is enforced stays', async t => {
  const source = new Told('list', ['https://a.com'])
  const { policy, allows, events } = live(source)
  await policy.start()
  const told = events.length
  const underWay = source.tell(['https://b.com'])
  await policy.close()
  await underWay
  await source.tell(['https://c.com'])
  await source.tell(new Error('too late'))
  t.ok(source.isClosed)
  t.same([allows('https://a.com'), allows('https://b.com'), allows('https://c.com')], [true, false, false])
  t.equal(events.length, told)
})

t.test('verdicts tell which source has which entry, and what the linter remarked', async t => {
  const { policy } = live(new Told('one', ['https://a.com', 'http://b.com']), new Told('two', []))
  await policy.start()
  t.match(policy.verdicts(), [
    { source: 'one', verdicts: [{ entry: 'https://a.com', verdict: 'ok' }, { entry: 'http://b.com', verdict: 'warn' }] },
    { source: 'two', verdicts: [] }
  ])
})
