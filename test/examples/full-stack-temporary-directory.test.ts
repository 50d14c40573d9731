import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { within } from '../helper/within.js'

const parts = pathToFileURL(join(process.cwd(), 'examples/full-stack/parts/')).href
const { temporaryDirectory } = await import(`${parts}temporary-directory.js`)
const SOON_MS = 10_000

/** Resolves when it has gone and stays away: what writes into it may end a moment later. */
async function gone (path: string): Promise<void> {
  const until = Date.now() + SOON_MS
  for (let absent = 0; absent < 20; absent = existsSync(path) ? 0 : absent + 1) {
    if (Date.now() > until) throw new Error(`${path} is still there: ${readdirSync(path).slice(0, 5).join()}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** A process that makes a directory and then does what `code` says, which is to write its path as well. */
async function owner (t: Test, code: string) {
  const program = `
    const { temporaryDirectory } = await import('${parts}temporary-directory.js')
    const { path } = await temporaryDirectory('test')
    ${code}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' }, detached: true
  })
  t.teardown(() => { child.kill('SIGKILL') })
  const [path] = await within(SOON_MS, 'the path', once(child.stdout!, 'data')) as unknown[]
  const exited = child.exitCode === null ? once(child, 'exit').then(() => {}) : Promise.resolve()
  return { child, exited, path: String(path).trim() }
}

t.test('a temporary directory is for its owner alone, and goes when it is told to', async t => {
  const { path, remove } = await temporaryDirectory('test')
  t.match(basename(path), /^gatehouse-test-/)
  t.equal(statSync(path).mode & 0o777, 0o700)
  await remove()
  t.notOk(existsSync(path))
  await remove()
  await t.rejects(temporaryDirectory('test', join(tmpdir(), 'no-such-directory')), { code: 'ENOENT' })
})

t.test('a temporary directory goes with its owner, however that ends', async t => {
  const ends = [
    ['SIGKILL', 'setInterval(() => {}, 1000)', (child: ChildProcess) => child.kill('SIGKILL')],
    ['Ctrl-C', 'setInterval(() => {}, 1000)', (child: ChildProcess) => process.kill(-child.pid!, 'SIGINT')],
    ['exit', 'process.exitCode = 1', () => {}]
  ] as const
  for (const [name, code, end] of ends) {
    const { child, exited, path } = await owner(t, `console.log(path); ${code}`)
    end(child)
    await within(SOON_MS, `the end by ${name}`, exited)
    await gone(path)
    t.pass(name)
  }
})

t.test('a temporary directory goes although somebody still writes into it for a moment', async t => {
  const { child, path } = await owner(t, `
    const { spawn } = await import('node:child_process')
    const write = 'n=0; while [ $n -lt 30 ]; do n=$((n + 1)); mkdir -p "$0/$n"; sleep 0.01; done'
    spawn('/bin/sh', ['-c', write, path], { detached: true, stdio: 'ignore' })
    console.log(path)`)
  child.kill('SIGKILL')
  await gone(path)
  t.notOk(existsSync(path))
})
