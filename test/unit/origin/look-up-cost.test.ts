import t from 'tap'
import { compileAllowList, type AllowList } from '../../../src/origin/allow-list.js'
import { parseOrigin } from '../../../src/origin/origin.js'

/** The methods any look-up or scan over texts is made of. */
const STEPS = [
  [Map.prototype, 'get'], [Map.prototype, 'set'], [String.prototype, 'slice'], [String.prototype, 'startsWith'],
  [String.prototype, 'endsWith'], [String.prototype, 'includes'], [String.prototype, 'lastIndexOf'],
  [String.prototype, 'split'], [Array.prototype, 'find'], [Array.prototype, 'includes']
] as const

/** How many steps one look-up takes. */
function countSteps (allowList: AllowList, host: string): number {
  const origin = parseOrigin(`https://${host}`)!
  let steps = 0
  const spies = STEPS.map(([owner, name]) => {
    const known = Object.getOwnPropertyDescriptor(owner, name)!
    const method = known.value as (...args: unknown[]) => unknown
    const value = function (this: unknown, ...args: unknown[]) {
      steps++
      return method.apply(this, args)
    }
    Object.defineProperty(owner, name, { ...known, value })
    return () => Object.defineProperty(owner, name, known)
  })
  try {
    allowList.match(origin)
  } finally {
    for (const restore of spies) restore()
  }
  return steps
}

const listOf = (count: number, entry: (number: string) => string): AllowList =>
  compileAllowList(Array.from({ length: count }, (_, index) => entry(`${100_000 + index}`))).allowList

const labels = (count: number, rest: string): string => 'a.'.repeat(count) + rest
const label63 = 'a-'.repeat(31) + 'a'
const hosts = ['x.example.com', 'app-100001-x.example.com', 'x-100001.example.com', 'x.t100001.example.com',
  'x.t100001.y.example.com', 'a-100001-z.example.com', `${label63}.example.com`, labels(120, 'example.com'),
  labels(125, 'org'), `${label63}.${label63}.${label63}.example.com`]

const kinds = [
  ['exact entries', n => `https://t${n}.example.com`],
  ['sub-domains of many names', n => `https://*.t${n}.example.com`],
  ['starts of a label', n => `https://app-${n}-*.example.com`],
  ['ends of a label', n => `https://*-${n}.example.com`],
  ['starts that share an end', n => `https://a${n}-*z.example.com`],
  ['ends that share a start', n => `https://a*-${n}.example.com`],
  ['middles between two stars', n => `https://a*-${n}-*z.example.com`],
  ['labels between two stars', n => `https://*.t${n}.*.example.com`],
  ['partial labels below a star', n => `https://*.app-${n}-*.example.com`],
  ['labels left of a star', n => `https://t${n}.*.example.com`],
  ['ports', n => `https://*.example.com:${Number(n) - 99_000}`]
] as const satisfies ReadonlyArray<readonly [string, (number: string) => string]>

for (const [kind, entry] of kinds) {
  t.test(`${kind}: 5,000 of them cost no more steps than 50`, async t => {
    const [few, many] = [listOf(50, entry), listOf(5_000, entry)]
    for (const host of hosts) {
      const steps = countSteps(many, host)
      t.equal(steps, countSteps(few, host), host)
      t.ok(steps > 0 && steps < 1_000, `${steps} steps for ${host}`)
    }
  })
}

t.test('a host of 127 labels stops the walk where no entry goes on', async t => {
  const allowList = listOf(1_000, n => `https://*.t${n}.example.com`)
  t.ok(countSteps(allowList, labels(125, 'org')) < 12)
  t.ok(countSteps(allowList, labels(120, 'example.com')) < 24)
})

t.test('stars that could share a host in a thousand ways are tried once for each label', async t => {
  const stars = Array.from({ length: 40 }, (_, count) => `https://${'*.a.'.repeat(count + 1)}b.${'*.'.repeat(count + 1)}example.com`)
  const { allowList } = compileAllowList(stars)
  const steps = countSteps(allowList, labels(120, 'example.com'))
  t.ok(steps > 0 && steps < 50_000, `${steps} steps`)
})

t.test('stars inside a label that could share it in a thousand ways are tried once for each character', async t => {
  const { allowList } = compileAllowList([`https://${'*a'.repeat(15)}*c*.example.com`])
  const steps = countSteps(allowList, `${'a'.repeat(63)}.example.com`)
  t.ok(steps > 0 && steps < 5_000, `${steps} steps`)
})
