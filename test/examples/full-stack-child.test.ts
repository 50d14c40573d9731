import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { within } from '../helper/within.js'

const FILE = pathToFileURL(join(process.cwd(), 'examples/full-stack/parts/child.js')).href
const { startChild, runChild, withCleanUp } = await import(FILE)
/** ms; the grace of `stop` is 5 s, and what has ended is waited for a second at most. */
const SOON_MS = 10_000

/** A program made of Node: its code, and what is asked of it beside. */
const program = (code: string, options: object = {}) => ({
  name: 'part',
  command: process.execPath,
  args: ['-e', code],
  env: { ...process.env, NODE_OPTIONS: '' }, // its coverage is not asked for
  install: 'apt-get install -y part',
  ...options
})
const FOREVER = 'setInterval(() => {}, 1000)'
/** It keeps the pipes of the program. */
const grandchild = (detached = false) =>
  `const { pid } = require('node:child_process').spawn('/bin/sleep', ['1000'], { stdio: 'inherit', detached: ${detached} });`
const end = (what: string, ended: Promise<unknown>) => within(SOON_MS, `the end of ${what}`, ended)

/** Started, and no more once the test is over, also when that fails. */
async function start (t: Test, options: object) {
  const child = await startChild(options)
  t.teardown(() => { child.process.kill('SIGKILL') })
  return child
}

/** One that nobody has reaped yet does not run either. */
function isRunning (pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Resolves when the process has gone: whoever it is handed to may need a moment to notice. */
async function gone (pid: number): Promise<void> {
  const until = Date.now() + SOON_MS
  while (isRunning(pid)) {
    if (Date.now() > until) throw new Error(`process ${pid} still runs`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

t.test('a program is started once its output matches, and tells how it ended', async t => {
  const child = await start(t, program(`console.error('port 12'); ${FOREVER}`, { ready: /port (\d+)\n/ }))
  t.equal(child.match[1], '12')
  t.equal(child.output(), 'port 12\n')
  await child.stop()
  t.equal(await child.ended, 'SIGTERM')
  await child.stop()
  await child.kill()
})

t.test('a program that ignores SIGTERM is killed after the grace', async t => {
  const code = `process.on('SIGTERM', () => console.log('no')); console.log('up'); ${FOREVER}`
  const child = await start(t, program(code, { ready: /up/ }))
  await end('what ignores SIGTERM', child.stop(100))
  t.equal(await child.ended, 'SIGKILL')
  t.match(child.output(), 'no')
})

t.test('a start that fails says what was waited for and what was said last, and leaves nothing', async t => {
  const said = "console.log('my trouble');"
  await t.rejects(startChild(program(`${said} process.exitCode = 3`, { ready: /up/ })),
    { message: 'part ended with 3 before it was ready. Its last output:\nmy trouble' })
  await t.rejects(startChild(program(`${said} console.log(process.pid); ${FOREVER}`, { ready: /up/, timeoutMs: 500 })),
    { message: /^part did not write \/up\/ within 500 ms\. / })
  await t.rejects(startChild(program('', { ready: /up/, command: 'no-such-program' })),
    { message: 'no-such-program is missing. install it: apt-get install -y part' })
  const stop = new AbortController()
  const aborted = startChild(program(FOREVER, { ready: /up/, signal: stop.signal }))
  stop.abort(new Error('enough'))
  await t.rejects(aborted, { message: 'enough' })
  await t.rejects(startChild(program(FOREVER, { ready: /up/, signal: stop.signal })), { message: 'enough' })
})

t.test('a program that is run to its end gives its output, or says why it failed', async t => {
  t.equal(await runChild(program("console.log('done')")), 'done\n')
  await t.rejects(runChild(program('process.exitCode = 2')), { message: 'part failed (2). It wrote nothing.' })
  await t.rejects(runChild(program(FOREVER, { timeoutMs: 100 })), { message: /^part did not run to its end within 100 ms/ })
})

t.test('what a program started itself ends with it, however it ends', async t => {
  for (const how of ['stop', 'kill', 'by itself'] as const) {
    const code = `${grandchild()} console.log('started', pid); ${FOREVER}`
    const child = await start(t, program(code, { ready: /started (\d+)/ }))
    if (how === 'by itself') process.kill(child.process.pid, 'SIGKILL')
    else await end(how, child[how]())
    await end(how, child.ended)
    await gone(Number(child.match[1]))
    t.pass(how)
  }
})

t.test('a program has ended although what it left in another session keeps its pipes', async t => {
  const left = async (pid: string, ended: Promise<unknown>, what: string) => {
    try {
      t.ok(isRunning(Number(pid)))
      return await end(what, ended)
    } finally {
      process.kill(Number(pid), 'SIGKILL')
    }
  }
  const code = `${grandchild(true)} console.log('left', pid);`
  for (const how of ['stop', 'kill'] as const) {
    const child = await start(t, program(`${code} ${FOREVER}`, { ready: /left (\d+)/ }))
    await left(child.match[1], child[how](), how)
  }
  const output = String(await end('a run', runChild(program(`${code} process.exit()`))))
  await left(output.replace(/\D/g, ''), Promise.resolve(), 'what has ended')
})

t.test('programs end with the one who started them, also when that one is killed', async t => {
  const code = `
    const { startChild } = await import(${JSON.stringify(FILE)})
    const child = await startChild({
      name: 'part', command: '/bin/sh', args: ['-c', 'echo $$; sleep 1000'], ready: /(\\d+)\\n/, install: ''
    })
    console.log(child.match[1])`
  const starter = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' }
  })
  const pid = Number(String((await end('the start', once(starter.stdout, 'data')) as unknown[])[0]))
  t.ok(isRunning(pid))
  starter.kill('SIGKILL')
  await gone(pid)
})

t.test('what a program had goes with it, and whoever ends it waits for that', async t => {
  let removed = 0
  const remove = async () => {
    await new Promise(resolve => setTimeout(resolve, 10))
    removed++
  }
  for (const how of ['stop', 'kill'] as const) {
    const child = withCleanUp(await start(t, program(`console.log('up'); ${FOREVER}`, { ready: /up/ })), remove)
    await end(how, child[how]())
  }
  t.equal(removed, 2)
})
