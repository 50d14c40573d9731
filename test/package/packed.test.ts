import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import t from 'tap'

const run = promisify(execFile)
const root = process.cwd()

/** Uses what each entry point gives, in one program; what it prints is what the test looks at. */
const CONSUMER = `
import assert from 'node:assert/strict'
import Fastify, { type FastifyInstance } from 'fastify'
import { buildApp, loadConfig, type Config, type OriginPolicyFactory } from 'gatehouse'
import { explain, parseOrigin, createDecideOrigin, type OriginDecision, type OriginPolicy } from 'gatehouse/origin'
import { originGate, type OriginGateOptions } from 'gatehouse/plugin'

const factory: OriginPolicyFactory = ({ log }) => {
  log.info('made')
  return { match: (origin, { host }) => origin !== 'null' && origin.host === host ? 'same host' : undefined }
}
const policy: OriginPolicy = await factory({ log: console, changed: () => {}, signal: new AbortController().signal })
assert.equal(policy.match(parseOrigin('https://a.com')!, { door: 'http', host: 'a.com' }), 'same host')

const { decideOrigin } = createDecideOrigin({ allowed: ['https://*.a.com'], own: [], missingOnUpgrade: 'deny' })
const decision: OriginDecision = decideOrigin({ origins: ['https://x.a.com'], fetchSites: [], door: 'upgrade', sockjs: true })
assert.equal(decision.allowed, true)
assert.match(explain('https://a.com', { entries: ['https://*.a.com'] }).misses[0]!.reason, /apex/)

const options: OriginGateOptions = { policy: ['https://a.com'] }
const own: FastifyInstance = Fastify()
await own.register(originGate, options)
own.get('/', async () => 'ok')
const statusOf = async (app: FastifyInstance, origin: string) => (await app.inject({ url: '/', headers: { origin } })).statusCode
assert.deepEqual([await statusOf(own, 'https://a.com'), await statusOf(own, 'https://b.com')], [200, 403])

const config: Config = loadConfig({
  STOMP_UPSTREAMS: 'http://127.0.0.1:9', ALLOWED_ORIGINS: 'https://a.com', LOG_LEVEL: 'silent'
}, { dotenvPath: false })
const gateway = await buildApp(config)
assert.deepEqual([await statusOf(gateway, 'https://a.com'), await statusOf(gateway, 'https://b.com')], [404, 403])
await gateway.close()
console.log('all three work')
`

const compilerOptions = (module: string, moduleResolution: string) => ({
  module,
  moduleResolution,
  target: 'ES2022',
  strict: true,
  skipLibCheck: true,
  types: ['node'],
  outDir: `out-${moduleResolution}`
})

t.test('the packed file, installed into an empty project', async t => {
  const project = t.testdir({ 'package.json': '{ "name": "consumer", "type": "module", "private": true }' })
  const npm = async (...args: string[]) => await run('npm', args, { cwd: project, timeout: 240_000 })
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', project]
  const { stdout } = await run('npm', pack, { cwd: root })
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string, files: Array<{ path: string }> }]
  const tarball = join(project, filename)

  t.test('holds what runs, its types and its documents, and nothing else', async t => {
    const paths = files.map(({ path }) => path)
    const kinds = [/^dist\/(src|plugins|routes)\/.*\.(js|d\.ts)$/, /^src\/demo\/public\//, /^\.env\.example$/,
      /^(README(\.ko)?\.md|LICENSE|CHANGELOG\.md|package\.json)$/]
    t.same(paths.filter(path => !kinds.some(kind => kind.test(path))), [])
    for (const path of ['dist/src/cli.js', 'dist/src/server.js', 'dist/src/index.d.ts', 'dist/src/gate.d.ts']) {
      t.ok(paths.includes(path), path)
    }
  })

  await npm('install', '--no-audit', '--no-fund', tarball, '@types/node@20')
  const installed = join(project, 'node_modules', 'gatehouse')
  writeFileSync(join(project, 'consumer.ts'), CONSUMER)

  for (const [module, resolution] of [['NodeNext', 'NodeNext'], ['ESNext', 'bundler']] as const) {
    t.test(`its types resolve under ${resolution}`, async t => {
      const tsconfig = join(project, `tsconfig.${resolution}.json`)
      const options = { compilerOptions: compilerOptions(module, resolution), files: ['consumer.ts'] }
      writeFileSync(tsconfig, JSON.stringify(options))
      const tsc = join(root, 'node_modules', '.bin', 'tsc')
      const { stdout } = await run(tsc, ['-p', tsconfig], { cwd: project }).catch(error => error as { stdout: string })
      t.equal(stdout, '')
      t.ok(existsSync(join(project, `out-${resolution}`, 'consumer.js')))
    })
  }

  t.test('the code of docs/origin-policy.md compiles against it', async t => {
    const page = readFileSync(join(root, 'docs', 'origin-policy.md'), 'utf8')
    const blocks = [...page.matchAll(/```(ts|js)\n([^]*?)```/g)]
    t.ok(blocks.length >= 4, 'there is code')
    const names = blocks.map(([, kind = '', code = ''], index) => {
      const name = `docs-${index}.${kind}`
      writeFileSync(join(project, name), code)
      return name
    })
    const options = { ...compilerOptions('NodeNext', 'NodeNext'), allowJs: true, checkJs: true, noEmit: true }
    writeFileSync(join(project, 'tsconfig.docs.json'), JSON.stringify({ compilerOptions: options, files: names }))
    const tsc = join(root, 'node_modules', '.bin', 'tsc')
    const { stdout } = await run(tsc, ['-p', 'tsconfig.docs.json'], { cwd: project })
      .catch(error => error as { stdout: string })
    t.equal(stdout, '')
  })

  t.test('all three entry points work', async t => {
    const { stdout } = await run(process.execPath, ['out-NodeNext/consumer.js'], { cwd: project })
    t.match(stdout, /all three work/)
  })

  t.test('its command is on the path of npx', async t => {
    const { stdout } = await npm('exec', '--offline', '--', 'gatehouse', 'explain', 'https://app.a.com', '--list', 'https://*.a.com', '--json')
    t.match(JSON.parse(stdout), { allowed: true, entry: 'https://*.a.com' })
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    t.match((await npm('exec', '--offline', '--', 'gatehouse', '--version')).stdout, version)
  })

  t.test('publint finds nothing to mend', async t => {
    const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true })
    t.same(messages.map(message => formatMessage(message, pkg)), [])
  })

  t.test('attw finds nothing to mend for a package of ES modules', async t => {
    const attw = join(root, 'node_modules', '.bin', 'attw')
    const { stdout } = await run(attw, [tarball, '--profile', 'esm-only', '--format', 'json'])
    // It has exited with 0: what it lists all the same is of no concern to ES modules.
    const { analysis } = JSON.parse(stdout)
    t.same(Object.keys(analysis.entrypoints).sort(), ['.', './origin', './package.json', './plugin'])
  })

  t.test('nothing of the tests or the sources came along', async t => {
    t.same(readdirSync(join(installed, 'dist')).sort(), ['plugins', 'routes', 'src'])
    t.notOk(existsSync(join(installed, 'test')))
  })
})
