import t from 'tap'
import { describeRange } from '../../../src/config/range.js'
import { settingsSchema, type SettingName } from '../../../src/config/schema.js'

const names = Object.keys(settingsSchema.properties) as SettingName[]

t.test('every row has a one-line meaning, a default, and a range that holds the default', async t => {
  for (const name of names) {
    const row = settingsSchema.properties[name]
    t.match(row.description, /^\S.{10,100}$/, `${name} has a meaning`)
    if (row.type === 'integer') {
      t.ok(row.minimum <= row.default && row.default <= row.maximum, `${name} has its default in its range`)
      t.ok(row.maximum < 2 ** 31, `${name} fits a Node timer and a signed 32-bit number`)
    } else if (row.enum === undefined) {
      t.match(row.title, /^\S.{10,60}$/, `${name} says what it takes`)
      t.type(row.default, 'string')
    } else {
      t.ok(row.enum.includes(row.default), `${name} has its default among its words`)
    }
  }
})

t.test('a time carries its unit in its name, and so does a size', async t => {
  for (const name of names) {
    const { description } = settingsSchema.properties[name]
    t.equal(/^ms /.test(String(description)), name.endsWith('_MS'), `${name} and ms`)
    t.equal(/^bytes /.test(String(description)), name.endsWith('_BYTES'), `${name} and bytes`)
  }
})

t.test('a range in words names the bounds and the unit, or the words', async t => {
  t.equal(describeRange('CONNECT_TIMEOUT_MS'), 'a whole number from 100 to 60000 ms')
  t.equal(describeRange('BODY_LIMIT_BYTES'), 'a whole number from 1 to 1073741824 bytes')
  t.equal(describeRange('PORT'), 'a whole number from 0 to 65535')
  t.equal(describeRange('UPSTREAM_ORIGIN'), 'one of strip, preserve')
  t.equal(describeRange('STOMP_PREFIX'), 'path such as /stomp or /chat/v1')
})
