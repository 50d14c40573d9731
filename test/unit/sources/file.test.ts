import { execFile, execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { appendFile, chmod, mkdtemp, open, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { createFileSource } from '../../../src/sources/file.js'
import { recordingSink } from '../../helper/recording-sink.js'

async function follow (t: Test, path: string, fetchTimeoutMs = 10_000) {
  const sink = recordingSink()
  const source = createFileSource({ name: `file:${path}`, path }, { fetchTimeoutMs })
  t.teardown(() => source.close())
  await source.open(sink)
  /** Resolves once the next thing is told after `change`; with what is told. */
  const after = async (change: () => Promise<unknown>) => {
    const before = sink.told()
    await change()
    await sink.until(() => sink.told() > before)
    return sink.last()
  }
  return { sink, source, after }
}

t.test('a file that may not be read is told with its path, until it may', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'gatehouse-')) // where users other than root may go, too
  t.teardown(() => rm(dir, { recursive: true }))
  await chmod(dir, 0o755)
  const path = join(dir, 'o.txt')
  await writeFile(path, 'null')
  await chmod(path, 0)
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65_534) // root reads everything
  const { sink } = await follow(t, path).finally(() => isRoot && process.seteuid?.(0))
  t.equal(sink.last(), `${path} may not be read: let the user of this process read it`)
  await chmod(path, 0o644)
  await sink.until(() => sink.contents.length === 1)
  t.same(sink.last(), ['null'])
})

// Each of these waits for looks half a second apart, so they wait together.
t.jobs = 10

t.test('follows writes, renames over it, and its deletion and return', async t => {
  const dir = t.testdir({ 'o.txt': 'https://a.example.com # app\n' })
  const path = join(dir, 'o.txt')
  const { sink, after } = await follow(t, path)
  t.same(sink.last(), ['https://a.example.com'])
  t.same(await after(() => writeFile(path, '["https://b.example.com"]')), ['https://b.example.com'])
  t.same(await after(async () => {
    await writeFile(join(dir, 'new'), 'https://c.example.com')
    await rename(join(dir, 'new'), path)
  }), ['https://c.example.com'])
  t.equal(await after(() => rm(path)), `${path} does not exist: create it, or correct the path`)
  t.same(await after(() => writeFile(path, 'https://c.example.com')), ['https://c.example.com'], 'told, though it is the same')
  t.equal(sink.errors.length, 1, 'a missing file is told once')
})

t.test('follows a symbolic link that is turned elsewhere, as a mounted ConfigMap does', async t => {
  const dir = t.testdir({ v1: { 'o.txt': 'null' }, v2: { 'o.txt': '*' } })
  await symlink('v1', join(dir, '..data'))
  await symlink('..data/o.txt', join(dir, 'o.txt'))
  const { sink, after } = await follow(t, join(dir, 'o.txt'))
  t.same(sink.last(), ['null'])
  t.same(await after(async () => {
    await symlink('v2', join(dir, '..tmp'))
    await rename(join(dir, '..tmp'), join(dir, '..data'))
  }), ['*'])
})

t.test('sees a second write of the same size that follows the first within a tick of the clock', async t => {
  const dir = t.testdir({})
  const sinks = []
  for (let n = 0; n < 30; n++) { // not each of them meets the same tick
    const path = join(dir, String(n))
    writeFileSync(path, 'https://a.example.com')
    const { sink } = await follow(t, path)
    writeFileSync(path, 'https://b.example.com')
    sinks.push(sink)
  }
  await Promise.all(sinks.map(sink => sink.until(() => sink.contents.length === 2)))
  t.same(sinks.map(sink => sink.last()), sinks.map(() => ['https://b.example.com']))
})

t.test('delivers what a touched file holds only if it differs, and always on reload', async t => {
  const path = join(t.testdir({ 'o.txt': 'null' }), 'o.txt')
  const old = new Date(2020, 1, 1)
  await utimes(path, old, old)
  const { sink, source, after } = await follow(t, path)
  const older = new Date(2019, 1, 1)
  await utimes(path, older, older)
  await source.reload()
  t.same(sink.contents, [['null'], ['null']])
  t.same(await after(() => writeFile(path, '*')), ['*'])
  t.same(sink.contents, [['null'], ['null'], ['*']])
})

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

t.test('a file that is still being written is not read, so no line of it counts that is half there', async t => {
  const path = join(t.testdir({ 'o.txt': 'https://a.example.com' }), 'o.txt')
  const { sink } = await follow(t, path)
  await writeFile(path, '')
  for (const part of 'https://app.example.com'.match(/.../g)!) {
    await appendFile(path, part)
    await pause(200)
  }
  await appendFile(path, 'om')
  await sink.until(() => sink.contents.length === 2)
  t.same(sink.last(), ['https://app.example.com'])
  t.same(sink.errors, [])
})

t.test('a file that changes while it is read is read again, also at the start', async t => {
  const path = join(t.testdir({}), 'o.txt')
  writeFileSync(path, `https://n0.example.com\n${`${'#'.repeat(1_023)}\n`.repeat(4_000)}`)
  const opened = follow(t, path)
  const file = await open(path, 'r+')
  for (let n = 1; n < 10; n++) {
    await file.write(String(n), 'https://n'.length)
    await pause(2)
  }
  await file.close()
  t.same((await opened).sink.contents[0], ['https://n9.example.com'])
})

t.test('a file that could not be read for a while is read when it can be, though it has not changed', async t => {
  const path = join(t.testdir({ 'o.txt': 'null' }), 'o.txt')
  await utimes(path, new Date(2020, 1, 1), new Date(2020, 1, 1))
  const code = `
    import { openSync, closeSync } from 'node:fs'
    import { createFileSource } from ${JSON.stringify(import.meta.resolve('../../../src/sources/file.js'))}
    const source = createFileSource({ name: 'x', path: ${JSON.stringify(path)} }, { fetchTimeoutMs: 10_000 })
    const told = []
    const held = []
    const tell = what => {
      told.push(what)
      if (told.length < 3) return
      source.close()
      console.log(JSON.stringify(told))
    }
    await source.open({ deliver: async content => tell(content), unchanged: () => {}, fail: error => tell(error.message) })
    try {
      for (;;) held.push(openSync('/dev/null'))
    } catch {}
    await source.reload()
    for (const descriptor of held) closeSync(descriptor)`
  const { stdout } = await promisify(execFile)('sh',
    ['-c', 'ulimit -n 100; exec "$0" --input-type=module -e "$1"', process.execPath, code], { timeout: 20_000 })
  t.same(JSON.parse(stdout), [['null'], `${path} cannot be read (EMFILE): check the path`, ['null']])
})

t.test('a reading that was given up counts for nothing when it ends late', async t => {
  const path = join(t.testdir({ 'o.txt': 'null' }), 'o.txt')
  await utimes(path, new Date(2020, 1, 1), new Date(2020, 1, 1))
  const opened = follow(t, path, 200)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300) // the time-out comes before what was read
  const { sink } = await opened
  t.equal(sink.errors[0]!.message, `${path} was not read within 200 ms: check its file system`)
  await sink.until(() => sink.contents.length === 1)
  t.same(sink.last(), ['null'])
})

t.test('a document that is none is told with its path and line, once, and the next good one is taken', async t => {
  const path = join(t.testdir({ 'o.txt': 'null' }), 'o.txt')
  const { sink, after } = await follow(t, path)
  t.equal(await after(() => writeFile(path, '["null",\n]')),
    `${path}: line 2 is not JSON: write an array of strings, ["https://app.example.com"]`)
  t.equal(await after(() => truncate(path)), `${path}: it is empty: to allow no origin, write [] or a comment line`)
  t.same(await after(() => writeFile(path, '# nobody')), [])
  t.equal(sink.errors.length, 2)
})

t.test('a file without an end, or longer than 4 MiB, is refused', async t => {
  const dir = t.testdir({ big: '', full: '' })
  await truncate(join(dir, 'big'), 4 * 1024 * 1024 + 1)
  await writeFile(join(dir, 'full'), `${'#'.repeat(4 * 1024 * 1024 - 5)}\nnull`)
  t.equal((await follow(t, join(dir, 'big'))).sink.last(), `${join(dir, 'big')} has more than 4194304 bytes: shorten it`)
  t.same((await follow(t, join(dir, 'full'))).sink.last(), ['null'])
  t.equal((await follow(t, '/dev/zero')).sink.last(), '/dev/zero is no regular file: name one')
})

t.test('a directory and a named pipe are refused, and do not keep it waiting', async t => {
  const dir = t.testdir({ sub: {} })
  execFileSync('mkfifo', [join(dir, 'pipe')])
  for (const path of [dir, join(dir, 'pipe')]) {
    t.equal((await follow(t, path)).sink.last(), `${path} is no regular file: name one`)
  }
  const through = join(dir, 'pipe', 'o.txt')
  t.equal((await follow(t, through)).sink.last(), `${through} cannot be read (ENOTDIR): check the path`)
})

t.test('a path is read from the working directory', async t => {
  const { sink } = await follow(t, '.no-such-directory/o.txt')
  t.equal(sink.last(), `${join(process.cwd(), '.no-such-directory/o.txt')} does not exist: create it, or correct the path`)
})

t.test('nothing is told after close', async t => {
  const path = join(t.testdir({ 'o.txt': 'null' }), 'o.txt')
  const { sink, source } = await follow(t, path)
  await source.close()
  await writeFile(path, '*')
  await source.reload()
  await pause(1_600) // three looks, had it gone on
  t.same(sink.contents, [['null']])
})
