import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../../src/config/load.js'

/** A `.env` with `text`, in a directory that tap removes. */
const dotenv = (t: { testdir (files: Record<string, string>): string }, text: string) =>
  join(t.testdir({ '.env': text }), '.env')

t.test('reads the file, and lets the environment win over it', async t => {
  const dotenvPath = dotenv(t, 'PORT=8001\nADMIN_PORT=9001 # a comment\n\nALLOWED_ORIGINS="https://a.example.com"\n')
  const config = loadConfig({ PORT: '8002' }, { dotenvPath })
  t.hasStrict(config, { PORT: 8002, ADMIN_PORT: 9001, allowedOrigins: ['https://a.example.com'] })
  t.same(config.warnings, [])
})

t.test('a blank value in the environment does not hide the value of the file', async t => {
  t.equal(loadConfig({ PORT: ' ' }, { dotenvPath: dotenv(t, 'PORT=8001') }).PORT, 8001)
})

t.test('a blank value in the file counts as not set', async t => {
  t.equal(loadConfig({}, { dotenvPath: dotenv(t, 'PORT=\nADMIN_PORT="  "') }).PORT, 8000)
})

t.test('reads a file with a byte order mark and Windows line ends', async t => {
  const config = loadConfig({}, { dotenvPath: dotenv(t, '\uFEFFPORT=8001\r\nLOG_LEVEL=warn\r\n') })
  t.hasStrict(config, { PORT: 8001, LOG_LEVEL: 'warn' })
})

t.test('a missing file changes nothing', async t => {
  const dotenvPath = join(t.testdir({}), '.env')
  t.same(loadConfig({}, { dotenvPath }), loadConfig({}, { dotenvPath: false }))
})

t.test('reads .env of the working directory unless another path is given', async t => {
  const home = process.cwd()
  t.teardown(() => process.chdir(home))
  process.chdir(t.testdir({ '.env': 'PORT=8001' }))
  t.equal(loadConfig({}).PORT, 8001)
  t.equal(loadConfig({}, { dotenvPath: false }).PORT, 8000)
})

t.test('a file that cannot be read is a fault beside all others', async t => {
  const dotenvPath = t.testdir({}) // a directory
  const faults = [
    { setting: dotenvPath, message: /^it cannot be read \(EISDIR\)\. Make it a readable file, or remove it$/ },
    { setting: 'PORT' }
  ]
  t.throws(() => loadConfig({ PORT: 'x' }, { dotenvPath }), { name: 'ConfigError', faults })
})

t.test('a path that no file can have is a fault too', async t => {
  const faults = [{ message: /^it cannot be read \(ERR_INVALID_ARG_VALUE\)/ }]
  t.throws(() => loadConfig({}, { dotenvPath: 'a\0b' }), { name: 'ConfigError', faults })
})

t.test('warns of an unknown name in the file that looks like one of ours', async t => {
  const dotenvPath = dotenv(t, 'ALOWED_ORIGINS=https://a.example.com\nport=1\nDATABASE_URL=x\n')
  t.same(loadConfig({}, { dotenvPath }).warnings, [
    `'ALOWED_ORIGINS' in ${dotenvPath} is no setting. Did you mean ALLOWED_ORIGINS?`,
    `'port' in ${dotenvPath} is no setting. Did you mean PORT?`
  ])
})

t.test('tells a slip in the environment only when it is one letter off and long: that belongs to all programs', async t => {
  const load = (env: Record<string, string>) =>
    loadConfig({ ALLOWED_ORIGINS: 'https://a.example.com', ...env }, { dotenvPath: false }).warnings
  t.same(load({ ALOWED_ORIGINS: 'x', ORIGIN_POLICI: 'x' }), [
    "'ALOWED_ORIGINS' in the environment is no setting. Did you mean ALLOWED_ORIGINS?",
    "'ORIGIN_POLICI' in the environment is no setting. Did you mean ORIGIN_POLICY?"
  ])
  t.same(load({ POST: 'x', HOSTS: 'x', PATH: 'x', LOGLEVEL: 'x', ALLOW_ORIGINS: 'x', HTTP_PROXY: 'x' }), [])
})
