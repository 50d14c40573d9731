import t from 'tap'
import { AllowListError } from '../../../src/origin/allow-list.js'
import { createDecideOrigin, type OriginQuestion } from '../../../src/origin/decide.js'

const settings = {
  allowed: ['https://app.example.com', 'https://*.example.org', 'https://chat.example.com'],
  own: ['https://chat.example.com'],
  missingOnUpgrade: 'allow'
} as const
const { decideOrigin } = createDecideOrigin(settings)
const plain: OriginQuestion = { origins: [], fetchSites: [], door: 'http', sockjs: false }
const doors = ['http', 'preflight', 'upgrade'] as const

for (const door of doors) {
  const decide = (...origins: string[]) => decideOrigin({ ...plain, origins, door })

  t.test(`${door}: a listed origin passes, echoed in the bytes the client sent`, async t => {
    t.strictSame(decide('HTTPS://App.example.com:443'), {
      allowed: true, reason: 'listed', origin: 'HTTPS://App.example.com:443', entry: 'https://app.example.com'
    })
  })

  t.test(`${door}: the gateway's own origin passes as such, though it is listed too`, async t => {
    t.strictSame(decide('https://chat.example.com'), {
      allowed: true, reason: 'own', origin: 'https://chat.example.com', entry: 'https://chat.example.com'
    })
  })

  const refused = [
    ['an origin that is not listed', ['https://evil.io'], 'not-listed', /"https:\/\/evil\.io" is not on the allow-list: add it/],
    ['an empty Origin', [''], 'empty', /Origin header is empty: send/],
    ['a blank Origin', [' \t'], 'empty', /Origin header is empty/],
    ['no-break space, which is no blank', ['\u00a0'], 'malformed', /"\?" is not a serialized origin: send/],
    ['null', ['null'], 'null', /"null" .* is not allowed: serve the page over https/],
    ['NULL, which no browser sends', ['NULL'], 'malformed', /"NULL" is not a serialized origin/],
    ['a path', ['https://app.example.com/'], 'malformed', /is not a serialized origin/],
    ['a listed origin that is sent twice', ['https://app.example.com', 'https://app.example.com'], 'duplicate', /more than one/],
    ['a listed origin before an empty one', ['https://app.example.com', ''], 'duplicate', /more than one/],
    ['a listed origin behind another', ['https://evil.io', 'https://app.example.com'], 'duplicate', /send exactly one/]
  ] as const
  for (const [name, origins, reason, message] of refused) {
    t.test(`${door}: refuses ${name}`, async t => {
      const decision = decide(...origins)
      t.match(decision, { allowed: false, reason, message })
      t.strictSame(Object.keys(decision).sort(), ['allowed', 'message', 'reason'])
    })
  }

  t.test(`${door}: null passes when it is an entry`, async t => {
    const opaque = createDecideOrigin({ ...settings, allowed: ['null'] })
    t.strictSame(opaque.decideOrigin({ ...plain, origins: ['null'], door }), {
      allowed: true, reason: 'listed', origin: 'null', entry: 'null'
    })
  })
}

t.test('a foreign Sec-Fetch-Site takes nothing from an Origin that is listed', async t => {
  const question = { ...plain, origins: ['https://a.example.org'], fetchSites: ['cross-site'], sockjs: true }
  for (const door of doors) t.match(decideOrigin({ ...question, door }), { allowed: true, reason: 'listed' }, door)
})

const absent = { allowed: true, reason: 'absent' } as const
const crossSite = { allowed: false, reason: 'cross-site', message: /Sec-Fetch-Site names another site .*: make the request with CORS/ }
const missing = { allowed: false, reason: 'missing', message: /no Origin header: send the origin/ }

const withoutOrigin = [
  ['plain HTTP passes', { door: 'http', sockjs: false, fetchSites: ['cross-site'] }, absent],
  ['a SockJS request without Sec-Fetch-Site passes', { door: 'http', sockjs: true, fetchSites: [] }, absent],
  ['a SockJS request of the same origin passes', { door: 'http', sockjs: true, fetchSites: ['same-origin'] }, absent],
  ['a SockJS URL typed by hand passes', { door: 'http', sockjs: true, fetchSites: ['none'] }, absent],
  ['a SockJS request with an unknown site value passes', { door: 'http', sockjs: true, fetchSites: ['not-cross-site', 'same-sites'] }, absent],
  ['a SockJS request of another site is refused', { door: 'http', sockjs: true, fetchSites: ['cross-site'] }, crossSite],
  ['a SockJS request of a sibling is refused', { door: 'http', sockjs: true, fetchSites: ['same-site'] }, crossSite],
  ['case and blanks do not hide the site', { door: 'http', sockjs: true, fetchSites: [' Cross-SITE\t'] }, crossSite],
  ['parameters do not hide the site', { door: 'http', sockjs: true, fetchSites: ['cross-site;a=1'] }, crossSite],
  ['a list does not hide the site', { door: 'http', sockjs: true, fetchSites: ['none, same-site'] }, crossSite],
  ['a first line does not hide the second', { door: 'http', sockjs: true, fetchSites: ['none', 'cross-site'] }, crossSite],
  ['an upgrade of a native client passes', { door: 'upgrade', sockjs: true, fetchSites: [] }, absent],
  ['an upgrade of another site is refused', { door: 'upgrade', sockjs: true, fetchSites: ['cross-site'] }, crossSite],
  ['an upgrade of a sibling is refused on any route', { door: 'upgrade', sockjs: false, fetchSites: ['same-site'] }, crossSite],
  ['a preflight is refused', { door: 'preflight', sockjs: true, fetchSites: [] }, missing]
] as const
for (const [name, question, expected] of withoutOrigin) {
  t.test(`without Origin: ${name}`, async t => { t.match(decideOrigin({ origins: [], ...question }), expected) })
}

t.test('MISSING_ORIGIN_ON_UPGRADE=deny refuses upgrades without Origin, and nothing else', async t => {
  const strict = createDecideOrigin({ ...settings, missingOnUpgrade: 'deny' }).decideOrigin
  t.match(strict({ ...plain, door: 'upgrade' }), missing)
  t.match(strict({ ...plain, door: 'upgrade', fetchSites: ['cross-site'] }), crossSite)
  t.strictSame(strict({ ...plain, sockjs: true }), absent)
  t.match(strict({ ...plain, door: 'upgrade', origins: ['https://app.example.com'] }), { allowed: true })
})

t.test('with empty lists nothing cross-origin passes, * included', async t => {
  const closed = createDecideOrigin({ allowed: [], own: [], missingOnUpgrade: 'allow' })
  t.equal(closed.allowList.size, 0)
  t.strictSame(closed.warnings, [])
  for (const origin of ['https://app.example.com', '*', 'null', 'http://localhost']) {
    t.match(closed.decideOrigin({ ...plain, origins: [origin] }), { allowed: false }, origin)
  }
})

const notOwn = ['*', 'null', 'https://*.example.com', 'https://a.com:[*]', 'https://a.com:[1,2]']
for (const entry of notOwn) {
  t.test(`${entry} cannot be the gateway's own origin`, async t => {
    t.throws(() => createDecideOrigin({ ...settings, own: [entry] }), {
      name: 'AllowListError', faults: [{ entry, verdict: 'reject', messages: [/PUBLIC_ORIGINS\): write each one/] }]
    })
  })
}

t.test('an own origin is put right like any other entry', async t => {
  const { decideOrigin: decide, warnings, allowList } = createDecideOrigin({ ...settings, own: ['https://Gate.com:443'] })
  t.match(decide({ ...plain, origins: ['https://gate.com'] }), { reason: 'own', entry: 'https://Gate.com:443' })
  t.strictSame(warnings.map(({ entry }) => entry), ['https://Gate.com:443'])
  t.notOk(allowList.entries().includes('https://Gate.com:443'))
})

t.test('the faults of both lists are told at once', async t => {
  const create = () => createDecideOrigin({ ...settings, allowed: ['a.com', '*'], own: ['b.com', '*'] })
  const { faults } = t.throws(create, AllowListError) as unknown as AllowListError
  t.strictSame(faults.map(({ entry }) => entry), ['a.com', 'b.com', '*'])
})

t.test('the warnings of both lists are told', async t => {
  const { warnings } = createDecideOrigin({ ...settings, allowed: ['http://a.com'], own: ['http://b.com'] })
  t.strictSame(warnings.map(({ entry }) => entry), ['http://a.com', 'http://b.com'])
})
