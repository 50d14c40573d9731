import { readFileSync } from 'node:fs'
import t from 'tap'
import * as catalogue from '../../src/errors.js'

const page = readFileSync('docs/errors.md', 'utf8')
const rows = page.split('\n')
  .filter(line => line.startsWith('| `ERR_'))
  .map(line => line.slice(1, -1).split('|').map(cell => cell.trim()))
  .map(([code = '', status, meaning, mend]) => ({ code: code.replaceAll('`', ''), status, meaning, mend }))
const documented = new Map(rows.map(row => [row.code, row]))
const errors = Object.entries(catalogue).map(([name, Code]) => ({ name, error: new Code() }))

t.test('docs/errors.md has a row for every code of the catalogue, with its status', async t => {
  t.ok(errors.length > 0, 'the catalogue holds codes')
  for (const { name, error } of errors) {
    t.equal(error.code, name, `${name} is exported under its own code`)
    t.equal(documented.get(error.code)?.status, String(error.statusCode), `docs/errors.md has ${error.code} with its status`)
  }
})

t.test('docs/errors.md has no code that the catalogue lacks, and none twice', async t => {
  const codes = rows.map(({ code }) => code)
  t.same(codes.filter(code => !Object.hasOwn(catalogue, code)), [], 'every code of the page is in src/errors.ts')
  t.equal(documented.size, codes.length, 'no code stands there twice')
})

t.test('docs/errors.md says for every code what it means and what to do next', async t => {
  for (const { code, meaning, mend } of rows) {
    t.match(meaning, /^\S.+\.$/, `${code} has a meaning`)
    t.match(mend, /^\S.+\.$/, `${code} has a next step`)
  }
})

t.test('docs/errors.md speaks only of settings that exist', async t => {
  const { settingsSchema } = await import('../../src/config/schema.js')
  const named = [...page.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map(([, name = '']) => name)
  const unknown = named.filter(name => !name.startsWith('ERR_') && !Object.hasOwn(settingsSchema.properties, name))
  t.ok(named.includes('ALLOWED_ORIGINS'), 'names were found')
  t.same(unknown, [])
})
