import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { freePort } from '../../helper/free-port.js'

t.setTimeout(180_000) // two JVMs on a small machine

/** What the section of README has a reader type. */
function readCommands (): string {
  const [, section = ''] = /\n## In front of Spring\n([^]*?)\n## /.exec(readFileSync('README.md', 'utf8')) ?? []
  const [, commands = ''] = /```sh\n(mvn [^]*?)```/.exec(section) ?? []
  return commands
}

/**
 * A checkout of its own as far as the commands need one: Maven writes to examples/spring-chat/target, and
 * other tests run the jars that stand there.
 */
function makeCheckout (t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-readme-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const [project, target] = ['examples/spring-chat', resolve('examples/spring-chat/target')]
  const filter = (source: string) => resolve(source) !== target
  cpSync(project, join(dir, project), { recursive: true, dereference: true, filter })
  for (const name of ['dist', 'node_modules', 'package.json']) symlinkSync(resolve(name), join(dir, name))
  return dir
}

/** A shell in `cwd` that runs them, with all it starts in a group of its own, which ends with the test. */
async function runShell (
  t: Test, { commands, cwd, until }: { commands: string, cwd: string, until: (output: string) => boolean }
): Promise<string> {
  const env = { ...process.env, NODE_OPTIONS: '', PORT: '0', ADMIN_PORT: '0' }
  const shell = spawn('bash', ['-e', '-c', commands], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(shell, 'close')
  t.teardown(async () => {
    try {
      process.kill(-Number(shell.pid), 'SIGKILL')
    } catch {} // it has ended
    await ended
  })
  let output = ''
  await new Promise<void>((resolve, reject) => {
    const look = (data: Buffer) => {
      output += data
      if (until(output)) resolve()
    }
    shell.stdout.on('data', look)
    shell.stderr.on('data', look)
    shell.on('close', () => reject(new Error(`the commands ended after:\n${output}`)))
  })
  return output
}

/** The gateway starts before the Springs, finds nobody there, and looks again after pauses that grow. */
async function untilReady (gateway: string): Promise<void> {
  const signal = AbortSignal.timeout(60_000)
  for (;;) {
    const answer = await fetch(`${gateway}/readyz`, { signal })
    const { status, instances } = await answer.json() as { status: string, instances: { available: number } }
    if (instances.available === 2) return
    await pause(200, undefined, { signal }).catch(cause => {
      throw new Error(`the gateway has not found both Springs: ${status}, ${instances.available} available`, { cause })
    })
  }
}

t.test('the commands of README put the gateway in front of two Springs', async t => {
  const [first, second] = [await freePort(), await freePort()]
  const commands = readCommands()
  t.match(commands, /--server\.port=8081[^&]*&\n[^]*--server\.port=8082[^&]*&\n[^]*npm start/)
  const cwd = makeCheckout(t)
  const output = await runShell(t, {
    commands: commands.replaceAll('8081', String(first)).replaceAll('8082', String(second)),
    cwd,
    until: output => output.split(/Started ChatApplication/).length === 3 &&
      /"msg":"listening at [^]*"msg":"listening at /.test(output)
  })
  t.ok(existsSync(join(cwd, 'examples/spring-chat/target/boot-4/spring-chat.jar')), 'Maven leaves our jars alone')
  const [, gateway = ''] = /^(?!.*"listener":"admin").*"msg":"listening at (http:[^"]+)"/m.exec(output) ?? []

  await untilReady(gateway)

  const ask = async (url: string, origin: string) => {
    const answer = await fetch(url, { headers: { origin } })
    return [answer.status, answer.headers.get('access-control-allow-origin'), await answer.text()] as const
  }
  const listed = 'https://app.example.com'
  for (const port of [first, second]) {
    t.strictSame(await ask(`http://127.0.0.1:${port}/ws-stomp/info`, listed), [403, null, 'Invalid CORS request'])
  }
  for (const origin of [listed, 'https://pr-7.preview.example.com', 'https://api.example.com']) {
    const [status, allowed, body] = await ask(`${gateway}/stomp/ws-stomp/info`, origin)
    t.match([status, allowed, JSON.parse(body)], [200, origin, { websocket: true }])
  }
  const [status, allowed, body] = await ask(`${gateway}/stomp/ws-stomp/info`, 'https://example.com')
  t.match([status, allowed, JSON.parse(body)], [403, null, { code: 'ERR_ORIGIN_NOT_ALLOWED' }])
})
