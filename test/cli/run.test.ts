import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import t from 'tap'
import { runCli, spawnCli } from '../helper/cli.js'

t.test('helps with every command', async t => {
  const { code, stdout } = await runCli(['--help'])
  t.equal(code, 0)
  for (const command of ['start', 'explain', 'check', 'import', 'doctor']) t.match(stdout, new RegExp(`^  ${command} `, 'm'))
  for (const command of ['explain', 'check', 'import']) {
    t.match(await runCli([command, '--help']), { code: 0, stdout: /Exit codes: 0/ }, command)
  }
  t.match(await runCli(['start', '--help']), { code: 0 })
  t.match(await runCli(['doctor', '--help']), { code: 0, stdout: /--instance/ })
})

t.test('tells its version', async t => {
  t.match(await runCli(['--version']), { code: 0, stdout: '1.2.3\n' })
})

t.test('exits 2 on wrong usage, and says what is wrong on standard error', async t => {
  t.match(await runCli([]), { code: 2, stdout: '', stderr: /^Usage: gatehouse/ })
  t.match(await runCli(['explian', 'x']), { code: 2, stdout: '', stderr: /Did you mean explain/ })
  t.match(await runCli(['explain']), { code: 2, stdout: '', stderr: /missing required argument 'origin'/ })
  t.match(await runCli(['explain', 'a', '--nope\u001b[2J']), { code: 2, stderr: /unknown option '--nope\ufffd\[2J'/ })
  t.match(await runCli(['doctor']), { code: 2, stdout: '', stderr: /--url/ })
})

t.test('starts the gateway', async t => {
  let started = 0
  t.match(await runCli(['start'], { start: async () => { started++ } }), { code: 0 })
  t.equal(started, 1)
})

t.test('hides no mistake of its own', async t => {
  await t.rejects(runCli(['start'], { start: async () => { throw new TypeError('a bug') } }), { message: 'a bug' })
})

t.test('is a program: arguments in, text and exit code out', async t => {
  const { child, ended } = spawnCli(t, ['explain', 'https://b.example'], { ALLOWED_ORIGINS: 'https://a.example' })
  let stdout = ''
  child.stdout.on('data', data => { stdout += data })
  t.equal(await ended, 1)
  t.match(stdout, /^✗ https:\/\/b\.example\n/)
})

t.test('its exit code is told also when nobody reads what is wrong', async t => {
  const { child, ended } = spawnCli(t, ['explain', 'https://a.example', '--list', 'https://a.example,b.example'])
  child.stderr.destroy()
  t.equal(await ended, 0)
})

t.test('start runs the gateway until it is told to end', async t => {
  const { child, ended } = spawnCli(t, ['start'], { PORT: '0', ADMIN_PORT: '0', STOMP_UPSTREAMS: 'http://127.0.0.1:9' })
  let stdout = ''
  await new Promise<void>(resolve => {
    child.stdout.on('data', data => {
      stdout += data
      if ((stdout.match(/listening at/g) ?? []).length === 2) resolve()
    })
  })
  child.kill('SIGTERM')
  t.equal(await ended, 0)
})

t.test('ends although a policy leaves a timer behind', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const policy = join(directory, 'policy.mjs')
  writeFileSync(policy, 'setInterval(() => {}, 1_000); export default () => ({ match: () => "all" })')
  const { ended } = spawnCli(t, ['explain', 'https://a.example'], { ORIGIN_POLICY: `module:${policy}` })
  t.equal(await ended, 0)
})

t.test('ends quietly when nobody reads on', async t => {
  const { child, ended } = spawnCli(t, ['import', '-', '--json', '--format', 'nginx'])
  let stderr = ''
  child.stderr.on('data', data => { stderr += data })
  child.stdout.destroy()
  await once(child.stdout, 'close')
  child.stdin.end(`map $http_origin $o {${Array.from({ length: 5_000 }, (_, index) => `https://a${index}.example 1;`).join('\n')}}`)
  t.equal(await ended, 0)
  t.equal(stderr, '')
})

t.test('runs the gateway, which ends by its own rules', async t => {
  const { child, ended } = spawnCli(t, ['start'], { NODE_ENV: 'production', LOG_LEVEL: 'silent' })
  let stderr = ''
  child.stderr.on('data', data => { stderr += data })
  t.equal(await ended, 1)
  t.match(stderr, /^Gatehouse cannot start: 1 fault in the settings\n {2}STOMP_UPSTREAMS: /)
})
