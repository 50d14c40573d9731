import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ask } from '../../helper/door.js'
import { startProgram } from '../../helper/full-stack.js'

t.setTimeout(240_000)

const SCRIPT = 'examples/full-stack/start.js'
const START_TIMEOUT_MS = 100_000
const END_TIMEOUT_MS = 10_000
const LABELS = ['page, on the allow-list', 'the same page, not on it', 'where both connect', 'gateway', 'chat-services']

interface Process { pid: number, parent: number, command: string }

/** Every process of the machine; one that goes meanwhile is left out. */
function processes (): Process[] {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).flatMap(name => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), command }]
    } catch {
      return []
    }
  })
}

/** What this process started, and what that started, to the last. */
function descendantsOf (pid: number, all = processes()): Process[] {
  const children = all.filter(({ parent }) => parent === pid)
  return [...children, ...children.flatMap(child => descendantsOf(child.pid, all))]
}

/** The script under way, with a temporary directory of its own. */
async function run (t: Test, env: Record<string, string> = {}) {
  const tmp = await mkdtemp(join(tmpdir(), 'gatehouse-start-'))
  await chmod(tmp, 0o755) // nginx's workers read the page in there
  t.teardown(() => rm(tmp, { recursive: true, force: true }))
  const { process: child, output, ended } = await startProgram(t, {
    name: SCRIPT,
    command: process.execPath,
    args: [SCRIPT],
    env: { ...process.env, NODE_OPTIONS: '', TMPDIR: tmp, ...env },
    ready: /^building/
  })
  /** Resolves with its descendants when this holds for them, and for what it has said. */
  const until = async (matches: (said: string, parts: Process[]) => boolean) => {
    for (const late = Date.now() + START_TIMEOUT_MS; ;) {
      const parts = descendantsOf(child.pid!)
      if (matches(output(), parts)) return parts
      if (child.exitCode !== null) throw new Error(`${SCRIPT} ended:\n${output()}`)
      if (Date.now() > late) throw new Error(`not within ${START_TIMEOUT_MS} ms: ${matches}. ${SCRIPT} said:\n${output()}`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  const ready = () => until(said => said.includes('Ctrl-C stops everything'))
  /** Programs that still run in the end: one that was killed may need a moment, a guard does its work. */
  const running = async (parts: Process[]) => {
    for (const late = Date.now() + END_TIMEOUT_MS; ;) {
      const pids = new Set(processes().map(({ pid }) => pid))
      const left = parts.filter(({ pid }) => pids.has(pid))
      if (left.length === 0 || Date.now() > late) return left.map(({ command }) => command)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  const files = () => readdirSync(tmp)
  return { child, tmp, output, ended, until, ready, running, files }
}

/** Looks up the printed address that stands behind this label. */
function printed (out: string, label: string): string {
  const line = out.split('\n').find(line => line.trim().startsWith(`${label}  `)) ?? ''
  return line.trim().slice(label.length).trim()
}

/** The certificate of nginx, which is in its directory. */
function certificateIn (tmp: string): string {
  const dir = readdirSync(tmp).find(name => name.startsWith('gatehouse-nginx-')) ?? ''
  return readFileSync(join(tmp, dir, 'certificate.pem'), 'utf8')
}

t.test('start.js starts everything, says where to look, and leaves nothing behind when it is interrupted', async t => {
  const { child, tmp, output, ended, ready, running, files } = await run(t)
  const parts = await ready()
  const names = ['chat.instance=chat-1', 'chat.instance=chat-2', 'server.js', 'nginx: master', 'nginx: worker']
  for (const name of names) t.ok(parts.some(({ command }) => command.includes(name)), `${name} runs`)

  const [page = '', evil = '', stomp = '', gateway = '', services = ''] = LABELS.map(label => printed(output(), label))
  const ca = certificateIn(tmp)
  for (const url of [page, evil]) {
    t.match(await ask({ url, ca }, '/'), { status: 200, text: /<div id="root">/ }, url)
  }
  const info = (origin: string) => ask({ url: stomp, ca }, '/info', { headers: { origin } })
  t.match(await info(page), { status: 200, headers: { 'access-control-allow-origin': page }, text: '"websocket":true' })
  t.match(await info(evil), { status: 403, text: 'ERR_ORIGIN_NOT_ALLOWED' })
  t.equal((await fetch(`${gateway}/readyz`)).status, 200)
  for (const url of services.split(' ')) t.equal((await fetch(`${url}/ws-stomp/info`)).status, 200, url)

  child.kill('SIGINT')
  t.equal(await ended, 0)
  t.same(files(), [])
  t.same(await running(parts), [])
})

for (const [name, command] of [['chat-2', 'chat.instance=chat-2'], ['nginx', 'nginx: master']] as const) {
  t.test(`start.js ends with code 1 when ${name} dies, says so, and leaves nothing behind`, async t => {
    const { output, ended, ready, running, files } = await run(t)
    const parts = await ready()
    process.kill(parts.find(part => part.command.includes(command))!.pid, 'SIGKILL')
    t.equal(await ended, 1)
    t.match(output(), `${name} ended with SIGKILL`)
    t.same(files(), [])
    t.same(await running(parts), [])
  })
}

t.test('start.js that is killed leaves nothing behind, the private key of nginx least of all', async t => {
  const { child, tmp, ended, ready, running, files } = await run(t)
  const parts = await ready()
  const written = readdirSync(tmp, { recursive: true, encoding: 'utf8' })
  t.equal(written.filter(path => path.endsWith('/key.pem')).length, 1)
  child.kill('SIGKILL')
  t.equal(await ended, 'SIGKILL')
  t.same(await running(parts), [])
  t.same(files(), [])
})

t.test('a second Ctrl-C does not wait, and leaves nothing behind either', async t => {
  const { child, ended, ready, until, running, files } = await run(t)
  const parts = await ready()
  child.kill('SIGINT')
  await until((_said, parts) => !parts.some(({ command }) => command.includes('nginx: master')))
  child.kill('SIGINT')
  t.equal(await ended, 1)
  t.same(await running(parts), [])
  t.same(files(), [])
})

t.test('start.js that is interrupted before everything runs ends with code 0 and leaves nothing behind', async t => {
  const { child, ended, until, running, files } = await run(t)
  const parts = await until((_said, parts) => parts.some(({ command }) => command.includes('chat.instance')))
  child.kill('SIGTERM')
  t.equal(await ended, 0)
  t.same(files(), [])
  t.same(await running(parts), [])
})

t.test('a program that is missing is told with the line that installs it, and nothing is left behind', async t => {
  const bin = t.testdir({})
  const nothing = await run(t, { PATH: bin })
  t.equal(await nothing.ended, 1)
  t.match(nothing.output(), 'java is missing. install it: apt-get install -y openjdk-17-jdk-headless')
  t.same(nothing.files(), [])

  const java = String(process.env.PATH).split(':').map(dir => join(dir, 'java')).find(path => existsSync(path))
  await symlink(String(java), join(bin, 'java'))
  const late = await run(t, { PATH: bin })
  t.equal(await late.ended, 1)
  t.match(late.output(), 'openssl is missing. install it: apt-get install -y openssl')
  t.same(late.files(), [])
  t.same(await late.running(processes().filter(({ command }) => command.includes(late.tmp))), [])
})
