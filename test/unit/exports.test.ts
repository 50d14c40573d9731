import { readFileSync, statSync } from 'node:fs'
import t from 'tap'
import * as gatehouse from '../../src/index.js'
import * as origin from '../../src/origin/index.js'
import * as plugin from '../../src/gate.js'

t.test('each entry point gives what its users are promised', async t => {
  t.same(Object.keys(gatehouse).sort(),
    ['ConfigError', 'OriginStartError', 'buildAdmin', 'buildApp', 'formatFaults', 'loadConfig'])
  t.same(Object.keys(origin).sort(), [
    'AllowListError', 'LivePolicy', 'compileAllowList', 'compileOwnOrigins', 'createDecideOrigin', 'createGate',
    'explain', 'lintEntry', 'parseOrigin', 'splitEntries'
  ])
  t.same(Object.keys(plugin), ['originGate'])
})

t.test('package.json names them', async t => {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.same(Object.entries<{ default?: string }>(exports).map(([name, { default: file }]) => [name, file]), [
    ['.', './dist/src/index.js'],
    ['./origin', './dist/src/origin/index.js'],
    ['./plugin', './dist/src/gate.js'],
    ['./package.json', undefined]
  ])
})

t.test('a build makes the command executable, as npx runs it in a checkout', async t => {
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.same(bin, { gatehouse: 'dist/src/cli.js' })
  t.equal(statSync(bin.gatehouse).mode & 0o111, 0o111)
})
