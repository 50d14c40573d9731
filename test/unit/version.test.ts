import { existsSync } from 'node:fs'
import { join, parse } from 'node:path'
import t from 'tap'
import { packageRoot, packageVersion } from '../../src/version.js'

t.test('finds the package from any directory in it', async t => {
  t.equal(packageRoot(join(process.cwd(), 'src', 'origin')), process.cwd())
  t.match(packageVersion(), /^\d+\.\d+\.\d+/)
})

t.test('says what to copy when there is no package.json above', async t => {
  const { root } = parse(process.cwd())
  t.notOk(existsSync(join(root, 'package.json')))
  const from = join(root, 'srv', 'gateway', 'dist')
  t.throws(() => packageRoot(from), { message: 'package.json is missing: copy it beside dist' })
})
