import t from 'tap'
import { SETTING_NAMES } from '../../src/config/validate.js'
import { lintEntry } from '../../src/origin/entry.js'
import { describeEntry } from '../../src/origin/describe-entry.js'
import { runCli } from '../helper/cli.js'

t.test('prints the compiled list of each source, in words', async t => {
  const cwd = t.testdir({ 'origins.txt': 'https://*.example.com/\nhttp://partner.example\n', '.env': 'ALLOWED_ORIGINS=HTTPS://A.example:443' })
  const env = { ORIGIN_POLICY: `env,file:${cwd}/origins.txt`, ORIGIN_POLICY_CANDIDATE: 'https://b.example' }
  const { code, stdout, stderr } = await runCli(['check'], { cwd, env })
  t.strictSame([code, stderr], [0, ''])
  t.ok(stdout.startsWith(`✓ ${SETTING_NAMES.length} settings are fine\n! ALLOWED_ORIGINS: `), stdout)
  t.ok(stdout.includes('\n✓ env: 1 entry\n  https://a.example  exactly a.example, by https\n    ! browsers send'))
  t.ok(stdout.includes('origins.txt: 2 entries\n  https://*.example.com  any sub-domain of example.com, not example.com itself, by https\n'))
  t.ok(stdout.includes('\n    ! whoever is on the network path'))
  t.ok(stdout.endsWith('✓ candidate (candidate, decides nothing yet): 1 entry\n  https://b.example  exactly b.example, by https\n'))
})

t.test('prints the same as JSON', async t => {
  const { code, stdout } = await runCli(['check', '--json'], { env: { ALLOWED_ORIGINS: 'https://a.example' } })
  t.equal(code, 0)
  t.match(JSON.parse(stdout), {
    ok: true,
    settings: SETTING_NAMES.length,
    sources: [{
      name: 'env', isCandidate: false, holds: 'list', entries: [{ entry: 'https://a.example', covers: 'exactly a.example, by https', warnings: [] }]
    }]
  })
})

t.test('says that an empty list lets nothing pass', async t => {
  t.match(await runCli(['check']), { code: 0, stdout: /env: 0 entries, so nothing cross-origin passes\n$/ })
})

t.test('names every fault of the settings, and exits 1', async t => {
  const env = { PORT: 'x', NODE_ENV: 'production', ALLOWED_ORIGINS: 'a.example' }
  const { code, stdout, stderr } = await runCli(['check'], { env })
  t.strictSame([code, stdout], [1, ''])
  for (const setting of ['PORT', 'STOMP_UPSTREAMS', 'ALLOWED_ORIGINS']) t.match(stderr, new RegExp(`^  ${setting}: `, 'm'))
  const told = await runCli(['check', '--json'], { env })
  t.equal(told.code, 1)
  t.match(JSON.parse(told.stdout), { ok: false, faults: [{ setting: String, message: String }] })
})

t.test('names a source that cannot be used, and exits 1', async t => {
  const cwd = t.testdir({
    'bad.txt': 'b.example\nc.example\n',
    'policy.js': 'export default () => ({ match: () => undefined })',
    'package.json': '{"type":"module"}'
  })
  const { code, stdout } = await runCli(['check'], { env: { ORIGIN_POLICY: `file:${cwd}/bad.txt,module:${cwd}/policy.js` } })
  t.equal(code, 1)
  t.match(stdout, /✗ file:.*bad\.txt\n {2}2 origin entries are refused:\n {4}"b\.example": it has no scheme/)
  t.match(stdout, /✓ module:.*policy\.js\n {2}a policy of your own code/)
})

const covers = [
  ['*', 'every origin but "null"'],
  ['null', 'opaque origins: sandboxed frames, local files, data: pages'],
  ['https://app-*.example.com', 'hosts like app-*.example.com ("*" inside a label is a part of that one label), by https'],
  ['https://a.*.example.com', 'hosts like a.*.example.com ("*" as a label is one label or more), by https'],
  ['https://a-*.*.example.com', 'hosts like a-*.*.example.com ("*" as a label is one label or more; "*" inside a label is a part of that one label), by https'],
  ['http://localhost:[*]', 'exactly localhost, by http, any port or none'],
  ['http://localhost:3000', 'exactly localhost, by http, port 3000'],
  ['https://a.example:[443,8443]', 'exactly a.example, by https, ports 443 (the default), 8443']
] as const
t.test('says what each kind of entry covers', async t => {
  for (const [entry, words] of covers) {
    const { pattern } = lintEntry(entry)
    t.equal(pattern && describeEntry(pattern), words)
  }
})
