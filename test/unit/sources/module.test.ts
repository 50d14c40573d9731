import { writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import t, { type Test } from 'tap'
import type { OriginPolicy } from '../../../src/origin/policy.js'
import { createModuleSource } from '../../../src/sources/module.js'
import { recordingSink } from '../../helper/recording-sink.js'

/** A source of a module with this code; `steer` is what the code finds as `globalThis.steer`. */
async function loaded (t: Test, code: string, steer: Record<string, unknown> = {}, loadMs?: number) {
  Object.assign(globalThis, { steer })
  const path = join(t.testdir({ 'policy.mjs': code }), 'policy.mjs')
  const sink = recordingSink()
  const lines: unknown[] = []
  const log = (level: string) => (data: object, message: string) => { lines.push([level, data, message]) }
  const source = createModuleSource({ name: 'module:./policy.mjs', path },
    { log: { info: log('info'), warn: log('warn'), error: log('error') } }, loadMs)
  t.teardown(() => source.close())
  await source.open(sink)
  return { path, sink, source, lines }
}

const origin = { origin: 'https://a.example.com', scheme: 'https', host: 'a.example.com', port: '' } as Parameters<OriginPolicy['match']>[0]
const context = { door: 'http', host: 'gateway' } as const

t.test('delivers the policy that the factory makes, now or later', async t => {
  for (const code of ['() => ({ match: () => "mine" })', 'async () => ({ match: () => "mine" })']) {
    const { sink } = await loaded(t, `export default ${code}`)
    t.equal((sink.contents[0] as OriginPolicy).match(origin, context), 'mine')
  }
})

t.test('changed() delivers the same policy again, and so does reload, without a second call of the factory', async t => {
  const steer: { calls: number, changed?: () => void } = { calls: 0 }
  const { sink, source } = await loaded(t, `export default ({ changed }) => {
    steer.calls++
    steer.changed = changed
    changed()
    return { match: () => undefined }
  }`, steer)
  await new Promise(resolve => setImmediate(resolve))
  t.equal(sink.contents.length, 1, 'what changes before there is a policy is part of it')
  steer.changed?.()
  await sink.until(() => sink.contents.length === 2)
  await source.reload()
  t.equal(sink.contents.length, 3)
  t.equal(new Set(sink.contents).size, 1)
  t.equal(steer.calls, 1)
  await source.close()
  steer.changed?.()
  t.equal(sink.told(), 3)
})

t.test('its log lines carry the name of the module', async t => {
  const { lines } = await loaded(t, `export default ({ log }) => {
    log.info('%d tenants', 3, { db: 'x' })
    log.warn('slow')
    log.error(new Error('gone').message)
    return { match: () => undefined }
  }`)
  const source = 'module:./policy.mjs'
  const message = 'origin policy module says'
  t.same(lines, [
    ['info', { source, detail: "3 tenants { db: 'x' }" }, message],
    ['warn', { source, detail: 'slow' }, message],
    ['error', { source, detail: 'gone' }, message]
  ])
})

t.test('the signal is aborted by close', async t => {
  const steer: { signal?: AbortSignal } = {}
  const { source } = await loaded(t, `export default ({ signal }) => {
    steer.signal = signal
    return { match: () => undefined }
  }`, steer)
  t.equal(steer.signal?.aborted, false)
  await source.close()
  t.equal(steer.signal?.aborted, true)
})

const faults: ReadonlyArray<readonly [name: string, code: string, message: RegExp]> = [
  ['no default export', 'export const match = () => "x"', /: it has no default export that is a function: export one, of type OriginPolicyFactory$/],
  ['a default export that is no function', 'export default { match: () => "x" }', /: it has no default export that is a function/],
  ['a factory that returns nothing', 'export default () => {}', /: its default export returned no policy: return an object with a match function$/],
  ['a factory that returns null', 'export default () => null', /: its default export returned no policy/],
  ['a factory that returns no match function', 'export default () => ({ match: "https://a" })', /: its default export returned no policy/],
  ['a factory that throws', 'export default () => { throw new Error("no database") }', /: no database$/],
  ['a factory that rejects with no Error', 'export default async () => { throw "no database" }', /: no database$/],
  ['a module that does not parse', 'export default (', /: Unexpected /],
  ['a module that fails', 'await Promise.reject(new TypeError("no key"))', /: no key$/],
  ['a factory that rejects with nothing', 'export default async () => { throw undefined }', /: undefined$/],
  ['a module that imports what is not there', 'import "./missing.mjs"', /: Cannot find module .*missing\.mjs/]
]
for (const [name, code, message] of faults) {
  t.test(`tells the path and the reason of ${name}`, async t => {
    const { path, sink } = await loaded(t, code)
    t.same(sink.contents, [])
    t.equal(sink.errors.length, 1)
    t.match(sink.last(), message)
    t.ok(String(sink.last()).startsWith(`${path}: `))
    t.ok('cause' in sink.errors[0]!, 'with its cause, for the log')
  })
}

t.test('a file that does not exist is told, as a path from the working directory, and loaded when it is there', async t => {
  const sink = recordingSink()
  const log = () => {}
  const path = join(relative(process.cwd(), t.testdir({})), 'policy.mjs')
  const source = createModuleSource({ name: 'module:x', path }, { log: { info: log, warn: log, error: log } })
  await source.open(sink)
  t.equal(sink.last(), `${resolve(path)} does not exist: create it, or correct the path`)
  t.ok(sink.errors[0]!.cause)
  await writeFile(path, 'export default () => ({ match: () => "mine" })')
  await source.reload()
  t.match(sink.last(), { match: Function })
  await source.close()
})

t.test('reload calls a factory that failed again', async t => {
  const { sink, source } = await loaded(t, `export default async () => {
    if (steer.isDown) throw new Error('down')
    return { match: () => undefined }
  }`, { isDown: true })
  Object.assign(globalThis, { steer: { isDown: false } })
  await source.reload()
  t.same([sink.errors.length, sink.contents.length], [1, 1])
})

t.test('a factory that takes too long is told, and its policy is taken when it comes', async t => {
  const steer: { calls: number, go?: () => void } = { calls: 0 }
  const { path, sink, source } = await loaded(t, `export default async () => {
    steer.calls++
    await new Promise(resolve => { steer.go = resolve })
    return { match: () => undefined }
  }`, steer, 50)
  t.equal(sink.last(), `${path} gave no policy within 50 ms: let its default export return sooner`)
  await source.reload()
  t.equal(sink.errors.length, 2)
  t.equal(steer.calls, 1, 'it is not called again while it runs')
  steer.go?.()
  await sink.until(() => sink.contents.length === 1)
})

t.test('a module that never ends loading is told, and leaves nothing behind', async t => {
  const { path, sink } = await loaded(t, 'await new Promise(() => {}); export default 1', {}, 50)
  t.equal(sink.last(), `${path} gave no policy within 50 ms: let its default export return sooner`)
})
