import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../src/config/load.js'
import { describeRange } from '../../src/config/range.js'
import { settingsSchema, type SettingName } from '../../src/config/schema.js'
import { createDecideOrigin } from '../../src/origin/decide.js'
import { splitEntries } from '../../src/origin/entry.js'

const read = (path: string) => readFileSync(path, 'utf8')
const page = read('docs/configuration.md')
const example = read('.env.example')
const names = Object.keys(settingsSchema.properties) as SettingName[]

/** The row of docs/configuration.md that the schema asks for. */
function documentRow (name: SettingName) {
  const row = settingsSchema.properties[name]
  const byDefault = row.default === '' ? 'empty' : `\`${row.default}\``
  return `| \`${name}\` | ${typeOf(name)} | ${rangeOf(name)} | ${byDefault} | ${row.description} |`
}

function typeOf (name: SettingName) {
  const row = settingsSchema.properties[name]
  if (row.type === 'string') return row.enum === undefined ? 'text' : 'choice'
  return `integer${name.endsWith('_MS') ? ', ms' : ''}${name.endsWith('_BYTES') ? ', bytes' : ''}`
}

function rangeOf (name: SettingName) {
  const row = settingsSchema.properties[name]
  if (row.type === 'integer') return `${row.minimum}-${row.maximum}`
  return row.enum === undefined ? row.title : row.enum.map((word: string) => `\`${word}\``).join(', ')
}

t.test('docs/configuration.md has the rows of the schema, in its order and words, and no others', async t => {
  const rows = page.split('\n').filter(line => /^\| `[A-Z]+(_[A-Z]+)*` \|/.test(line))
  t.same(rows, names.map(documentRow))
})

t.test('docs/configuration.md speaks only of settings that exist', async t => {
  const prose = [...page.matchAll(/`([A-Z]+_[A-Z_]+)[`=]/g)].map(([, name = '']) => name)
  const slips = ['ALOWED_ORIGINS'] // the page's example of one
  t.same(prose.filter(name => !names.includes(name as SettingName) && !slips.includes(name)), [])
})

t.test('.env.example has every setting of the schema with its meaning, range and default, and no others', async t => {
  const blocks = example.split('\n\n').filter(block => /^#[A-Z]/m.test(block)).map(block => block.trim())
  t.same(blocks, names.map(name => {
    const row = settingsSchema.properties[name]
    return `# ${row.description}\n# Takes: ${describeRange(name)}\n#${name}=${row.default}`
  }))
})

t.test('.env.example gives the defaults when every line is uncommented', async t => {
  const dotenvPath = join(t.testdir(), '.env')
  writeFileSync(dotenvPath, example.replace(/^#(?=[A-Z])/gm, ''))
  t.match(readFileSync(dotenvPath, 'utf8'), /^PORT=8000$/m)
  t.same(loadConfig({}, { dotenvPath }), loadConfig({}, { dotenvPath: false }))
})

t.test('every example of docs/configuration.md starts without a fault or a warning', async t => {
  const blocks = [...page.matchAll(/```ini\n([^]*?)```/g)].map(([, block = '']) => block)
  t.ok(blocks.length > 0, 'there are examples')
  for (const [index, block] of blocks.entries()) {
    const dotenvPath = join(t.testdir({ [`example-${index}`]: block }), `example-${index}`)
    t.same(loadConfig({}, { dotenvPath }).warnings, [], block)
  }
})

const codes = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)

t.test('the allow-list table of docs/configuration.md tells the truth', async t => {
  const table = page.slice(page.indexOf('| Entry |')).split('\n\n')[0] ?? ''
  const rows = table.split('\n').slice(2).map(line => line.slice(1, -1).split(' | ').map(codes))
  t.ok(rows.length > 0, 'there are rows')
  for (const [entry = [], passing = [], refused = []] of rows) {
    const { decideOrigin } = createDecideOrigin({
      allowed: splitEntries(entry.join()), own: [], missingOnUpgrade: 'deny'
    })
    const passes = (origin: string) =>
      decideOrigin({ origins: [origin], fetchSites: [], door: 'upgrade', sockjs: true }).allowed
    t.ok(passing.length > 0 && refused.length > 0, 'a row has both sides')
    t.same(passing.filter(origin => !passes(origin)), [], `${entry} lets all of its examples pass`)
    t.same(refused.filter(passes), [], `${entry} refuses all of its counterexamples`)
  }
})

t.test('the entries that docs/configuration.md calls refused stop the start, the risky ones warn', async t => {
  const sentences = page.split('\n')
  const entriesOf = (start: string) => codes(sentences.find(line => line.startsWith(start)) ?? '')
  const load = (ALLOWED_ORIGINS: string) => loadConfig({ ALLOWED_ORIGINS }, { dotenvPath: false })
  const refused = [...entriesOf('An entry that would let strangers in'), ...entriesOf('So does an entry')]
  const risky = entriesOf('An entry that works but is risky')
  t.equal(refused.length, 6)
  t.equal(risky.length, 3)
  for (const entry of refused) t.throws(() => load(entry), { name: 'ConfigError' }, entry)
  for (const entry of risky) t.equal(load(entry).warnings.length, 1, entry)
})
