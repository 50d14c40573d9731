import t from 'tap'
import { ConfigError, formatFaults, quote } from '../../../src/config/faults.js'

const port = { setting: 'PORT', message: "'x' is no port. Write a number" }
const host = { setting: 'HOST', message: "'*' is no address. Write 0.0.0.0" }

t.test('the terminal text counts the faults and gives each a line', async t => {
  t.equal(formatFaults(new ConfigError([port, host, port])), [
    'Gatehouse cannot start: 3 faults in the settings',
    "  PORT: 'x' is no port. Write a number",
    "  HOST: '*' is no address. Write 0.0.0.0",
    "  PORT: 'x' is no port. Write a number"
  ].join('\n'))
})

t.test('the terminal text of one fault speaks of one', async t => {
  t.equal(formatFaults(new ConfigError([port])).split('\n')[0], 'Gatehouse cannot start: 1 fault in the settings')
})

t.test('the error names each faulty setting once', async t => {
  const error = new ConfigError([port, host, port])
  t.equal(error.message, 'Settings refused: PORT, HOST')
  t.equal(error.name, 'ConfigError')
  t.equal(error.code, 'ERR_CONFIG_INVALID')
})

t.test('a quoted value stays on one line and is cut after 80 characters', async t => {
  t.equal(quote('a b'), "'a b'")
  t.equal(quote('a\r\nb\u001b[31m\u2028c'), "'a\ufffd\ufffdb\ufffd[31m\ufffdc'")
  t.equal(quote('x'.repeat(80)), `'${'x'.repeat(80)}'`)
  t.equal(quote('x'.repeat(81)), `'${'x'.repeat(80)}…'`)
})
