import t from 'tap'
import type { OriginPolicy, SourceContent } from '../../../src/origin/policy.js'
import { PolledSource, type Reading, type Refresh } from '../../../src/sources/polled.js'
import { recordingSink } from '../../helper/recording-sink.js'

/** A source whose readings end when the test says so. */
function steeredSource (reading: Partial<Reading> = {}) {
  const started: Array<{
    end: (content: SourceContent) => void
    fail: (reason: unknown) => void
    signal: AbortSignal
    refresh: Refresh
  }> = []
  const waiting: Array<() => void> = []
  const source = new PolledSource({
    name: 'steered',
    intervalMs: undefined,
    timeoutMs: 60_000,
    timeoutMessage: 'too slow',
    read: (signal, refresh) => new Promise((resolve, reject) => {
      started.push({ end: resolve, fail: reject, signal, refresh })
      for (const wake of waiting.splice(0)) wake()
    }),
    ...reading
  })
  /** The n-th reading (1 is the first) once it has begun. */
  const nth = async (n: number) => {
    while (started.length < n) await new Promise<void>(resolve => { waiting.push(resolve) })
    return started[n - 1]!
  }
  return { source, started, nth }
}

t.test('open resolves once the first content is enforced', async t => {
  let enforce = () => {}
  const sink = recordingSink(() => new Promise(resolve => { enforce = resolve }))
  const { source, nth } = steeredSource()
  let isOpen = false
  const opened = source.open(sink).then(() => { isOpen = true });
  (await nth(1)).end(['https://a.example.com'])
  await sink.until(() => sink.told() === 1)
  await new Promise(resolve => setImmediate(resolve))
  t.equal(isOpen, false)
  enforce()
  await opened
  t.same(sink.contents, [['https://a.example.com']])
  await source.close()
})

t.test('open resolves once the first failure is told, and what is thrown becomes an Error', async t => {
  for (const reason of [new Error('no'), 'no']) {
    const sink = recordingSink()
    const { source, nth } = steeredSource()
    const opened = source.open(sink);
    (await nth(1)).fail(reason)
    await opened
    t.same([sink.contents, sink.errors.map(error => error.message)], [[], ['no']])
    await source.close()
  }
})

t.test('readings asked for while one is under way become one, after it', async t => {
  const sink = recordingSink()
  const { source, started, nth } = steeredSource()
  const opened = source.open(sink)
  const first = await nth(1)
  const reloads = [source.reload(), source.reload()]
  first.refresh()
  first.refresh('always')
  t.equal(started.length, 1)
  first.end(['a'])
  await opened
  const second = await nth(2)
  const third = source.reload()
  second.end(['a'])
  await Promise.all(reloads)
  t.same(sink.contents, [['a'], ['a']], 'a reload is told, though nothing has changed');
  (await nth(3)).end(['b'])
  await third
  t.same(sink.contents, [['a'], ['a'], ['b']])
  t.equal(started.length, 3)
  await source.close()
})

t.test('content that has not changed is not delivered again, unless it ends a failure', async t => {
  const sink = recordingSink()
  const { source, nth } = steeredSource()
  const opened = source.open(sink)
  const first = await nth(1)
  first.end(['a', 'b'])
  await opened
  const contents: SourceContent[] = [['a', 'b'], ['a'], ['a', 'c'], ['a', 'c']]
  for (const [index, content] of contents.entries()) {
    first.refresh();
    (await nth(index + 2)).end(content)
  }
  first.refresh();
  (await nth(6)).fail(new Error('gone'))
  await sink.until(() => sink.errors.length === 1)
  first.refresh();
  (await nth(7)).end(['a', 'c'])
  await sink.until(() => sink.contents.length === 4)
  t.same(sink.contents, [['a', 'b'], ['a'], ['a', 'c'], ['a', 'c']])
  await source.close()
})

t.test('a policy is compared as an object', async t => {
  const sink = recordingSink()
  const { source, nth } = steeredSource()
  const [one, other]: OriginPolicy[] = [{ match: () => undefined }, { match: () => undefined }]
  const opened = source.open(sink)
  const first = await nth(1)
  first.end(one!)
  await opened
  for (const [index, content] of [one!, other!, [], one!].entries()) {
    first.refresh();
    (await nth(index + 2)).end(content)
  }
  await sink.until(() => sink.contents.length === 4)
  t.strictSame(sink.contents, [one, other, [], one])
  await source.close()
})

t.test('a reading that takes too long is given up, told, and its late end is nobody\'s business', async t => {
  const sink = recordingSink()
  const { source, nth } = steeredSource({ timeoutMs: 20 })
  await source.open(sink)
  t.match(sink.errors, [{ message: 'too slow' }])
  const late = await nth(1)
  t.ok(late.signal.aborted)
  late.end(['a'])
  await new Promise(resolve => setImmediate(resolve))
  t.same(sink.contents, [])
  const failing = source.reload();
  (await nth(2)).fail(new Error('too late')) // and no rejection is left unhandled
  await failing
  await source.close()
})

t.test('while a reading that was given up has not settled no other begins, and its failure is told again', async t => {
  const sink = recordingSink()
  const { source, started, nth } = steeredSource({ timeoutMs: 10, intervalMs: 1 })
  await source.open(sink)
  await source.reload()
  await sink.until(() => sink.errors.length === 4)
  t.same(sink.errors.map(({ message }) => message), Array(4).fill('too slow'))
  t.equal(started.length, 1);
  (await nth(1)).end(['too late'])
  const second = await nth(2)
  t.notOk(second.signal.aborted, 'it is not one that was given up while it waited')
  second.end(['a'])
  await sink.until(() => sink.contents.length === 1)
  t.same(sink.contents, [['a']])
  await source.close()
})

t.test('a reading that was given up while it waited for another does not begin', async t => {
  const { source, started, nth } = steeredSource({ timeoutMs: 10 })
  await source.open(recordingSink())
  await source.reload();
  (await nth(1)).fail(new Error('late'))
  await new Promise(resolve => setImmediate(resolve))
  t.equal(started.length, 1)
  await source.close()
})

t.test('readings that are asked for without end leave as much time as they take, and miss no change', async t => {
  const sink = recordingSink()
  const [begun, ended]: [number[], number[]] = [[], []]
  let [durationMs, value, ask]: [number, number, Refresh | undefined] = [1, 0, undefined]
  const source = new PolledSource({
    name: 'stormy',
    intervalMs: undefined,
    timeoutMs: 60_000,
    timeoutMessage: '',
    read: async (_signal, refresh) => {
      begun.push(performance.now())
      ask = refresh
      const seen = String(value)
      await new Promise(resolve => setTimeout(resolve, durationMs))
      ended.push(performance.now())
      return [seen]
    }
  })
  const pauses = () => begun.slice(1).map((at, index) => at - ended[index]!)
  await source.open(sink)
  const storm = setInterval(() => {
    value++
    ask?.()
  }, 1)
  await sink.until(() => begun.length >= 4)
  t.ok(pauses().every(ms => ms > 15), `pauses of ${pauses().join()} ms after short readings`)
  durationMs = 60
  const short = begun.length
  await sink.until(() => begun.length >= short + 4)
  clearInterval(storm)
  const long = pauses().slice(short)
  t.ok(long.every(ms => ms > 50), `pauses of ${long.join()} ms after long readings`)
  await sink.until(() => sink.last() instanceof Array && Number(sink.last()) === value)
  await source.reload()
  await source.reload()
  t.ok(pauses().at(-1)! < 15, 'a reload waits for none')
  await source.close()
})

t.test('it reads again after each interval, when it is due', async t => {
  const sink = recordingSink()
  let asked = 0
  let read = 0
  const source = new PolledSource({
    name: 'polled',
    intervalMs: 1,
    timeoutMs: 60_000,
    timeoutMessage: '',
    isDue: async () => ++asked % 3 === 0,
    read: async () => {
      read++
      if (read === 3) throw new Error('once')
      return [String(Math.floor(read / 2))]
    }
  })
  await source.open(sink)
  await sink.until(() => sink.contents.length === 4)
  t.same(sink.contents, [['0'], ['1'], ['2'], ['3']])
  t.equal(sink.errors.length, 1)
  t.ok(asked >= 3 * (read - 1))
  await source.close()
})

t.test('a look that was not due does not hide that a failure has ended', async t => {
  const sink = recordingSink()
  let [isDue, read] = [true, 0]
  const source = new PolledSource({
    name: 'polled',
    intervalMs: 1,
    timeoutMs: 60_000,
    timeoutMessage: '',
    isDue: async () => {
      isDue = !isDue
      return isDue
    },
    read: async () => {
      if (++read === 2) throw new Error('once')
      return ['a']
    }
  })
  await source.open(sink)
  await sink.until(() => sink.told() === 3)
  t.same(sink.contents, [['a'], ['a']])
  await source.close()
})

t.test('close aborts the reading under way, ends what it opened once, and nothing is told or read afterwards', async t => {
  for (const outcome of ['end', 'fail', 'late'] as const) {
    const sink = recordingSink()
    let ended = 0
    const { source, started, nth } = steeredSource({ intervalMs: 1, end: async () => { ended++ } })
    const opened = source.open(sink)
    const first = await nth(1)
    if (outcome === 'end') first.end(['a'])
    if (outcome === 'fail') first.fail(new Error('no'))
    const reloaded = source.reload()
    await source.close()
    await source.close()
    t.ok(first.signal.aborted)
    await Promise.all([opened, reloaded, source.reload()])
    first.refresh('always')
    await new Promise(resolve => setTimeout(resolve, 10))
    t.same([sink.told(), started.length, ended], [0, 1, 1], outcome)
  }
})

t.test('nothing is told after close, at whatever moment of a reading that ends it comes', async t => {
  for (let moment = 0; moment < 12; moment++) {
    const sink = recordingSink()
    const { source, nth } = steeredSource()
    const opened = source.open(sink);
    (await nth(1)).end(['a'])
    for (let turn = 0; turn < moment; turn++) await Promise.resolve()
    const closed = source.close()
    const told = sink.told()
    await Promise.all([opened, closed])
    t.equal(sink.told(), told, `after ${moment} turns`)
  }
})

t.test('after close no timer is left that keeps the process alive', async t => {
  const timers = () => process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length
  const before = timers()
  const source = new PolledSource({
    name: 'polled', intervalMs: 600_000, timeoutMs: 600_000, timeoutMessage: '', read: async () => []
  })
  await source.open(recordingSink())
  t.equal(timers(), before + 1)
  await source.close()
  t.equal(timers(), before)
})

t.test('close ends the wait for the next reading, and asks nothing of a source that was never opened', async t => {
  let [read, ended] = [0, 0]
  const source = new PolledSource({
    name: 'polled', intervalMs: 5, timeoutMs: 60_000, timeoutMessage: '', read: async () => [String(read++)], end: () => { ended++ }
  })
  await source.close()
  t.equal(ended, 0)
  const sink = recordingSink()
  await source.open(sink)
  await source.close()
  await new Promise(resolve => setTimeout(resolve, 20))
  t.same([read, sink.told(), ended], [1, 1, 1])
})

t.test('content that is the same, and a look that finds no reading due, are told as unchanged', async t => {
  const sink = recordingSink()
  let isDue = true
  const { source, nth } = steeredSource({ intervalMs: 5, isDue: async () => isDue })
  const opened = source.open(sink);
  (await nth(1)).end(['https://a.example.com'])
  await opened
  t.equal(sink.unchangedCount(), 0)
  const second = await nth(2)
  isDue = false
  second.end(['https://a.example.com'])
  await sink.until(() => sink.unchangedCount() >= 3)
  t.equal(sink.told(), 1)
  await source.close()
})
