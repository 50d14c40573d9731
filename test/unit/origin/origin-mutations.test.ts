import t from 'tap'
import { compileAllowList } from '../../../src/origin/allow-list.js'
import { createDecideOrigin } from '../../../src/origin/decide.js'
import { parseOrigin } from '../../../src/origin/origin.js'
import { seededRandom } from '../../helper/seeded-random.js'

const ALPHABET = [...'abcxyzAKS0189.:/-_*@%?#\\[]{} \t\n\r\u0000\u00ad\u212a\u017f\u3002\uff0e\u0435', '.evil.io', '@evil.io',
  ':443', ':80', ':[*]', '%00', 'xn--', 'https://', '.']

function mutate (text: string, random: () => number): string {
  const at = Math.floor(random() * (text.length + 1))
  const inserted = ALPHABET[Math.floor(random() * ALPHABET.length)]!
  switch (Math.floor(random() * 5)) {
    case 0: return text.slice(0, at) + inserted + text.slice(at)
    case 1: return text.slice(0, at) + text.slice(at + 1)
    case 2: return text.slice(0, at) + inserted + text.slice(at + 1)
    case 3: return text.slice(0, at) + text.slice(at).toUpperCase()
    default: return text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2)
  }
}

const listed = ['https://app.example.com', 'http://localhost:3000', 'http://127.0.0.1:8080', 'http://[::1]:3000', 'https://skak.example.com.']

/** Broken punycode is compared as any other name; the URL parser, and so every browser, refuses it. */
const isPunycode = (text: string): boolean => /xn--/i.test(text)

for (const origin of listed) {
  t.test(`no mutation of ${origin} passes unless a browser means the same origin by it`, async t => {
    const { decideOrigin } = createDecideOrigin({ allowed: [origin], own: [], missingOnUpgrade: 'allow' })
    const random = seededRandom(20_261_122)
    let passed = 0
    for (let round = 0; round < 5_000; round++) {
      let text = origin
      for (let times = Math.ceil(random() * 3); times > 0; times--) text = mutate(text, random)
      const { allowed } = decideOrigin({ origins: [text], fetchSites: [], door: 'http', sockjs: true })
      if (allowed) passed++
      // The scheme, host and port compare without regard to case; only :443 or :80 may come and go.
      const isSame = parseOrigin(text)?.origin === origin && new URL(text).origin === origin
      if (allowed !== isSame) t.fail(`${JSON.stringify(text)} is ${allowed ? 'allowed' : 'refused'}`)
    }
    t.ok(passed > 100 && passed < 2_500, `${passed} mutations kept the origin`)
  })
}

t.test('a wildcard covers nothing but sub-domains, whatever stands in for the star', async t => {
  const { allowList } = compileAllowList(['https://*.example.com'])
  const random = seededRandom(7)
  let passed = 0
  for (let round = 0; round < 5_000; round++) {
    const text = mutate(mutate('https://app.example.com', random), random)
    const parsed = parseOrigin(text)
    if (parsed === undefined || isPunycode(text)) continue
    const { hostname, protocol, port } = new URL(text)
    const isSubDomain = hostname.endsWith('.example.com') && protocol === 'https:' && port === ''
    const allowed = allowList.match(parsed) !== undefined
    if (allowed) passed++
    if (allowed !== isSubDomain) t.fail(`${JSON.stringify(text)} is ${allowed ? 'allowed' : 'refused'}`)
  }
  t.ok(passed > 100, `${passed} mutations stayed sub-domains`)
})

t.test('a parsed origin is what the URL parser makes of the same text', async t => {
  const random = seededRandom(42)
  let parsedCount = 0
  for (let round = 0; round < 5_000; round++) {
    const text = mutate(mutate(listed[round % listed.length]!, random), random)
    const parsed = parseOrigin(text)
    if (parsed === undefined || isPunycode(text) || !/^https?$/.test(parsed.scheme)) continue
    parsedCount++
    if (!URL.canParse(text) || parsed.origin !== new URL(text).origin) t.fail(JSON.stringify(text))
  }
  t.ok(parsedCount > 500, `${parsedCount} mutations were origins`)
})

t.test('a pattern of many stars against 253 characters comes to an end', async t => {
  const stars = `${'*a'.repeat(30)}*b`
  const { allowList } = compileAllowList([`https://${stars}.${stars}.*.${stars}.example.com`])
  const host = [...Array(3).fill('a'.repeat(60)), 'a'.repeat(58), 'example.com'].join('.')
  t.equal(host.length, 253)
  t.equal(allowList.match(parseOrigin(`https://${host}`)!), undefined)
})
