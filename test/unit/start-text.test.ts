import t from 'tap'
import { ConfigError } from '../../src/config/faults.js'
import { loadConfig } from '../../src/config/load.js'
import { OriginStartError } from '../../src/sources/open-policies.js'
import { describeFailure, describeStart } from '../../src/start-text.js'

const config = loadConfig({ PORT: '8001', ADMIN_PORT: '9001', DEMO_BLOCKED_PAGE_PORT: '3002' }, { dotenvPath: false })
const failure = (fields: object) => Object.assign(new Error('no'), fields)

t.test('the start names the gateway and both pages, in a few lines', async t => {
  const text = describeStart('http://127.0.0.1:8000', ['http://localhost:3000', 'http://localhost:3001'])
  for (const url of ['127.0.0.1:8000', 'localhost:3000', 'localhost:3001']) t.match(text, `http://${url} `.trimEnd())
  t.ok(text.trim().split('\n').length <= 6)
})

const failures = [
  ['a taken PORT', { code: 'EADDRINUSE', port: 8001 }, /port 8001 is taken\. Stop what listens there, or set another PORT\.$/],
  ['a taken admin port', { code: 'EADDRINUSE', port: 9001 }, /port 9001 .* set another ADMIN_PORT\.$/],
  ['a taken page port', { code: 'EADDRINUSE', port: 3002 }, /port 3002 .* set another DEMO_BLOCKED_PAGE_PORT\.$/],
  ['an address of others', { code: 'EADDRNOTAVAIL', address: '192.0.2.1', port: 8001 }, /listen on 192\.0\.2\.1:8001 \(EADDRNOTAVAIL\)/],
  ['a privileged port', { code: 'EACCES', address: '127.0.0.1', port: 80 }, /listen on 127\.0\.0\.1:80 \(EACCES\)/],
  ['an address without a port', { code: 'EACCES', address: '127.0.0.1' }, /listen on 127\.0\.0\.1 \(EACCES\)/],
  ['a name nobody knows', { code: 'ENOTFOUND', hostname: 'gw.invalid' }, /'gw\.invalid' has no address \(ENOTFOUND\)/],
  ['a name server that is down', { code: 'EAI_AGAIN', hostname: 'gw.test' }, /'gw\.test' has no address \(EAI_AGAIN\)/]
] as const
for (const [name, fields, line] of failures) {
  t.test(`one line tells of ${name}`, async t => {
    const text = describeFailure(failure(fields), config)
    t.match(text, /^Gatehouse cannot start: /)
    t.match(text, line)
    t.equal(text.split('\n').length, 1)
  })
}

t.test('refused settings are all told', async t => {
  const error = new ConfigError([{ setting: 'PORT', message: 'it is odd' }, { setting: 'HOST', message: 'it is even' }])
  t.equal(describeFailure(error, undefined),
    'Gatehouse cannot start: 2 faults in the settings\n  PORT: it is odd\n  HOST: it is even')
})

t.test('what nobody thought of is told with its stack', async t => {
  const error = new Error('a surprise')
  t.equal(describeFailure(error, config), `Gatehouse cannot start: ${error.stack}`)
  t.equal(describeFailure('a string', undefined), 'Gatehouse cannot start: a string')
  t.match(describeFailure(failure({ code: 'EADDRINUSE', port: 1 }), undefined), 'port 1 is taken')
})

t.test('nothing of what it tells moves a terminal', async t => {
  const told = [
    new ConfigError([{ setting: 'PORT', message: 'a\u009b2Jb' }]),
    new OriginStartError("'file:./a': line 1\u202e\n'file:./b': x"),
    new Error('\u001b[31m')
  ].map(error => describeFailure(error, undefined))
  for (const text of told) t.notMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u)
  t.match(told, [/PORT: a\ufffd2Jb$/, /'file:\.\/a': line 1\ufffd\n'file:\.\/b': x$/, /Error: \ufffd\[31m\n/])
})
