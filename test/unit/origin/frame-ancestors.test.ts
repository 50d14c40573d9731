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

t.test('a list too long for a header is cut, and the same list is read once', async t => {
  const entries = Object.freeze(Array.from({ length: 100_000 }, (_, i) => `https://app-${i}.example.com`))
  const policy = frameAncestors(entries)
  t.ok(policy.length <= 8_192 && policy.length > 8_100, `${policy.length} characters`)
  t.match(policy, /^frame-ancestors 'self' https:\/\/app-0\.example\.com .* https:\/\/app-\d+\.example\.com$/)

  let readings = 0
  const counted = ['https://app.example.com']
  Object.defineProperty(counted, 0, { get: () => `https://app-${++readings}.example.com` })
  t.equal(frameAncestors(counted), "frame-ancestors 'self' https://app-1.example.com")
  t.equal(frameAncestors(counted), "frame-ancestors 'self' https://app-1.example.com")
})
