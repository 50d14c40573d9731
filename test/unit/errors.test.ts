import t from 'tap'
import { STATUS_CODES } from 'node:http'
import * as catalogue from '../../src/errors.js'

for (const [name, Code] of Object.entries(catalogue)) {
  t.test(`${name} carries its own code, an HTTP error status and a message`, async t => {
    const error = new Code()
    t.equal(error.code, name)
    t.ok(Number(error.statusCode) >= 400 && Number(error.statusCode) in STATUS_CODES, `status ${error.statusCode}`)
    t.match(error.message, /\w/)
  })
}

t.test('messages take what is specific: a reason, a transport, a limit', async t => {
  t.equal(new catalogue.ERR_ORIGIN_NOT_ALLOWED('not you').message, 'not you')
  t.match(new catalogue.ERR_TRANSPORT_DISABLED('jsonp').message, "'jsonp' is switched off")
  t.match(new catalogue.ERR_BODY_TOO_LARGE(10).message, 'longer than 10 bytes')
  t.match(new catalogue.ERR_REQUEST_MALFORMED('bare LF').message, /: bare LF$/)
})

t.test('a cause travels along for the log', async t => {
  const cause = new Error('deep')
  t.equal(new catalogue.ERR_INTERNAL({ cause }).cause, cause)
})
