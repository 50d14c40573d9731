import t from 'tap'
import { runCli } from '../helper/cli.js'

const JAVA = 'c.setAllowedOriginPatterns("https://*.example.com");\nc.setAllowedOriginPatterns("https://*.example.org");\n'

t.test('prints the entries, what became of each line, and each difference once', async t => {
  const cwd = t.testdir({ 'Cors.java': JAVA })
  const { code, stdout, stderr } = await runCli(['import', 'Cors.java'], { cwd })
  t.strictSame([code, stderr], [0, ''])
  t.ok(stdout.startsWith('ALLOWED_ORIGINS=https://*.example.com,https://*.example.org\n\nConverted:\n' +
    '  ✓ line 1: "https://*.example.com" -> https://*.example.com\n'))
  t.equal(stdout.match(/Spring drops a slash/g)?.length, 1)
  t.match(stdout, /What changes:\n(?: {2}! .*\n)* {2}! Spring drops a slash .* \(line 1, 2\)\n/)
})

t.test('tells what could not be read, and exits 1', async t => {
  const { code, stdout } = await runCli(['import', '-'], { stdin: ['c.setAllowed', 'Origins(ORIGINS)'] })
  t.equal(code, 1)
  t.ok(stdout.startsWith('No entry was found.\n\nNot converted:\n  ✗ line 1: ORIGINS: cannot be read: '), stdout)
})

t.test('prints warnings of the linter', async t => {
  const { stdout } = await runCli(['import', '-'], { stdin: ['map $http_origin $o { http://a.example 1; }'] })
  t.match(stdout, /Warnings:\n {2}! "http:\/\/a\.example": whoever is on the network path .* \(line 1\)\n$/)
})

const formats = [
  ['Cors.kt', '', 'spring'], ['application.yml', '', 'yaml'], ['application-prod.yaml', '', 'yaml'], ['default.conf', '', 'nginx'],
  ['nginx', '', 'nginx'], ['a.txt', '@CrossOrigin', 'spring'], ['a.txt', 'x.allowedOrigins (', 'spring'], ['a.txt', 'allowedOriginPatterns = x', 'spring'],
  ['a.txt', 'map $http_origin $x {', 'nginx'], ['a.txt', 'spring.cloud.gateway.globalcors.x: y', 'yaml'], ['a.txt', 'allowed-origins: x', 'yaml']
] as const
t.test('knows the format by name and by content', async t => {
  for (const [name, text, format] of formats) {
    const { stdout } = await runCli(['import', name, '--json'], { cwd: t.testdir({ [name]: text }) })
    t.equal(JSON.parse(stdout).format, format, `${name} ${text}`)
  }
})

t.test('exits 1 where nothing names an origin, and reads by the format it is told', async t => {
  const cwd = t.testdir({ 'a.txt': 'hello' })
  t.match(await runCli(['import', 'a.txt', '--format', 'nginx'], { cwd }), { code: 1, stdout: 'No entry was found.\n' })
})

t.test('refuses what it cannot read, and exits 2', async t => {
  const cwd = t.testdir({ 'a.txt': 'hello', 'long.conf': 'x'.repeat(1_048_577) })
  t.match(await runCli(['import', 'a.txt'], { cwd }), { code: 2, stdout: '', stderr: 'error: Say what "a.txt" is with --format spring, yaml, nginx: its name and text do not tell\n' })
  t.match(await runCli(['import', 'none.txt'], { cwd }), { code: 2, stderr: 'error: "none.txt" cannot be read (ENOENT)\n' })
  t.match(await runCli(['import', '.'], { cwd }), { code: 2, stderr: 'error: "." cannot be read (EISDIR)\n' })
  t.match(await runCli(['import', 'long.conf'], { cwd }), { code: 2, stderr: 'error: The text is longer than 1 MiB\n' })
  t.match(await runCli(['import', '-'], { stdin: Array.from({ length: 20 }, () => 'x'.repeat(65_536)) }), { code: 2 })
  t.match(await runCli(['import', 'a.txt', '--format', 'apache'], { cwd }), { code: 2, stderr: /Allowed choices are spring, yaml, nginx/ })
})

t.test('hands no control character of a file to the terminal', async t => {
  const { stdout } = await runCli(['import', '-'], { stdin: ['c.setAllowedOrigins(\u001b[2J\u009b\u202e, "https://a.example")'] })
  t.match(stdout, /https:\/\/a\.example/)
  t.notMatch(stdout, /[^\P{Cc}\n]|\p{Cf}/u)
})

t.test('hands no control character of a line that was converted to the terminal', async t => {
  const { code, stdout } = await runCli(['import', '-'], { stdin: ['map $http_origin $o { https://a.example \u001b[2J\u009b\u202e; }'] })
  t.equal(code, 0)
  t.match(stdout, /line 1: https:\/\/a\.example .* -> https:\/\/a\.example/)
  t.notMatch(stdout, /[^\P{Cc}\n]|\p{Cf}/u)
})
