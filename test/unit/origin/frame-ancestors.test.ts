import t from 'tap'
import { frameAncestors } from '../../../src/origin/frame-ancestors.js'

const rows = [
  ['https://app.example.com', ' https://app.example.com'],
  ['HTTPS://App.Example.com', ' https://app.example.com'],
  ['https://app.example.com/', ' https://app.example.com'],
  ['https://app.example.com:8443', ' https://app.example.com:8443'],
  ['https://*.example.com', ' https://*.example.com'],
  ['http://127.0.0.1:3000', ' http://127.0.0.1:3000'],
  ['https://app.example.com:[8080,8081]', ' https://app.example.com:8080 https://app.example.com:8081'],
  ['https://app.example.com:[*]', ' https://app.example.com:*'],
  ['*', ' *'],
  ['https://app-*.example.com', ''],
  ['null', ''],
  ['http://[::1]:3000', ''],
  ['capacitor://localhost', ''],
  ["https://a.test; script-src 'unsafe-inline'", ''],
  ['https://*.com', ''],
  ['app.example.com', '']
] as const
for (const [entry, sources] of rows) {
  t.test(`the entry ${entry} lets ${sources === '' ? 'nobody more' : `${sources.slice(1)}`} frame the page`, async t => {
    t.equal(frameAncestors([entry]), `frame-ancestors 'self'${sources}`)
  })
}

t.test('without entries only the gateway itself may frame the page', async t => {
  t.equal(frameAncestors([]), "frame-ancestors 'self'")
})

t.test('the entries stand in their order', async t => {
  t.equal(frameAncestors(['https://b.test', 'null', 'https://a.test']), "frame-ancestors 'self' https://b.test https://a.test")
})
