import t from 'tap'
import { lintEntry } from '../../../src/origin/entry.js'

const read = [
  ['*', { kind: 'any' }],
  ['null', { kind: 'opaque' }],
  ['Null', { kind: 'opaque' }],
  ['https://example.com', { kind: 'origins', scheme: 'https', host: 'example.com', ports: [''] }],
  ['HTTP://localhost:3000', { kind: 'origins', scheme: 'http', host: 'localhost', ports: ['3000'] }],
  ['capacitor://localhost', { kind: 'origins', scheme: 'capacitor', host: 'localhost', ports: [''] }],
  ['https://a.com:[8081,443]', { kind: 'origins', scheme: 'https', host: 'a.com', ports: ['', '8081'] }],
  ['https://a.com:[*]', { kind: 'origins', scheme: 'https', host: 'a.com', ports: 'any' }],
  ['http://[::1]:3000', { kind: 'origins', scheme: 'http', host: '[::1]', ports: ['3000'] }]
] as const
for (const [entry, pattern] of read) {
  t.test(`reads ${entry}`, async t => { t.strictSame(lintEntry(entry).pattern, pattern) })
}

const mended = [
  ['Null', 'browsers send it in lower case: write "null"'],
  ['https://a.com:[80,80]', 'a port is listed twice: write "https://a.com:80"'],
  ['https://A.com:[8080,443]', 'browsers send the host in lower case: write "https://a.com:[443,8080]"'],
  ['https://A.com:[*]', 'browsers send the host in lower case: write "https://a.com:[*]"'],
  ['http://LOCALHOST:*', 'browsers send the host in lower case; ":*" is read as any port: write "http://localhost:[*]"'],
  ['https://[0::1]', 'browsers send this IPv6 address in its short form: write "https://[::1]"']
] as const
for (const [entry, message] of mended) {
  t.test(`puts ${entry} right`, async t => { t.match(lintEntry(entry), { verdict: 'warn', messages: [message] }) })
}

const refused = [
  ['', /empty: remove it/],
  ['https://a.com,https://b.com', /comma: make each part an entry/],
  ['https://a.com:[1,2],', /comma/],
  ['https://exa mple.com', /space or control character: remove it/],
  ['https://a.com\u0000', /control character: remove it/],
  ['https://a.com:[80', /"\[" is never closed: write "\]"/],
  ['//a.com', /no scheme: write "https:\/\/example\.com"/],
  ['*.example.com', /no scheme: write "https:\/\/\*\.example\.com"/],
  ['a.com:8080', /no scheme: write "https:\/\/a\.com:8080"/],
  ['localhost:3000', /no scheme: write "http:\/\/localhost:3000"/],
  ['127.0.0.1', /no scheme: write "http:\/\/127\.0\.0\.1"/],
  ['mailto:a@b.com', /no scheme: write "https:\/\/example\.com"/],
  ['http*://a.com', /scheme takes no wildcard: write "https:\/\/a\.com"/],
  ['htps://a.com', /"htps" is not a scheme: write "https:\/\/a\.com"/],
  ['htttp://a.com', /"htttp" is not a scheme/],
  ['1x://a.com', /"1x" is not a scheme/],
  ['://a.com', /"" is not a scheme/],
  [`${'x'.repeat(64)}://a.com`, /is not a scheme/],
  ['WS://a.com', /"ws:" is no origin's scheme; .*write "http:\/\/"/],
  ['javascript:alert(1)', /"javascript:" is no origin's scheme; .*serve them over https/],
  ['file://', /"file:" is no origin's scheme; .*serve them over https/],
  ['blob:https://a.com', /"blob:" is no origin's scheme; .*list that origin/],
  ['filesystem:https://a.com', /"filesystem:" is no origin's scheme/],
  ['data:text/html', /"data:" is no origin's scheme/],
  ['about:blank', /"about:" is no origin's scheme/],
  ['ftp://a.com', /"ftp:" is no origin's scheme/],
  ['constructor://a.com:[*]', /"constructor:" origins take no wildcard/],
  ['https://(a|b).com', /regular expression: write a pattern/],
  ['https://a:b@c@d.com/x', /no user name: write "https:\/\/d\.com"/],
  ['https://a.com//', /no path, query or fragment: write "https:\/\/a\.com"/],
  ['https://a.com?x', /no path, query or fragment/],
  ['https://a.com#x', /no path, query or fragment/],
  ['chrome-extension://*', /"chrome-extension:" origins take no wildcard and no port list: list each one/],
  ['capacitor://localhost:[*]', /"capacitor:" origins take no wildcard and no port list/],
  ['capacitor://localhost:[1,2]', /"capacitor:" origins take no wildcard and no port list/]
] as const
for (const [entry, message] of refused) {
  t.test(`refuses ${JSON.stringify(entry)} and tells the mend`, async t => {
    const { verdict, messages } = lintEntry(entry)
    t.equal(verdict, 'reject')
    t.equal(messages.length, 1)
    t.match(messages[0], message)
  })
}

t.test('warns of null once when it is spelled as browsers do', async t => {
  t.equal(lintEntry('null').messages.length, 1)
})

t.test('warns of http except where the traffic stays on the machine', async t => {
  const insecure = ['http://a.com', 'http://192.168.0.10:3000', 'http://*.example.com', 'http://localhost.example.com']
  for (const entry of insecure) {
    const host = entry.slice('http://'.length).replace(/:\d+$/, '')
    t.match(lintEntry(entry), { verdict: 'warn', messages: [`write "https://${host}"`] }, entry)
  }
  const fine = ['http://localhost:3000', 'http://app.localhost', 'http://*.localhost', 'http://127.0.0.2', 'http://[::1]']
  for (const entry of fine) t.match(lintEntry(entry), { verdict: 'ok', messages: [] }, entry)
})
