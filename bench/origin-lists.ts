/** Origins to ask a list about, by what the answer rests on. */
export type Asked = Readonly<Record<DecisionKind, readonly string[]>>

/** What an answer rests on. `miss` is of another site, `near miss` is below a suffix that wildcards have. */
export type DecisionKind = 'exact hit' | 'wildcard hit' | 'in-label hit' | 'miss' | 'near miss'

/** Every kind, in the order in which it is told. */
export const DECISION_KINDS: readonly DecisionKind[] = ['exact hit', 'wildcard hit', 'in-label hit', 'miss', 'near miss']

/** One entry in so many is a wildcard. */
const WILDCARD_EVERY = 10

/** Enough that no look-up is remembered from the last. */
const ASKED = 500

/**
 * `spread`: each customer has a domain, half of the wildcards stand for whole labels, half stand inside one.
 * `one suffix`: all wildcards stand inside a label below the same domain, as preview hosts do.
 */
export type ListShape = 'spread' | 'one suffix'

/** An allow-list of `size` entries, a tenth of them wildcards, and origins to ask it about. */
export function originList (shape: ListShape, size: number): { entries: string[], asked: Asked } {
  const wildcards = size / WILDCARD_EVERY
  const exact = numbers(size - wildcards).map(n => `https://app-${n}.customer-${n}.example`)
  const { entries, whole, inLabel, near } = shape === 'spread' ? spread(wildcards) : oneSuffix(wildcards)
  return {
    entries: [...exact, ...entries],
    asked: {
      'exact hit': some(exact.length, n => `https://app-${n}.customer-${n}.example`),
      'wildcard hit': some(wildcards, whole),
      'in-label hit': some(wildcards, inLabel),
      miss: some(ASKED, n => `https://www.stranger-${n}.example.net`),
      'near miss': some(wildcards, near)
    }
  }
}

interface Wildcards {
  readonly entries: readonly string[]
  readonly whole: (n: number) => string
  readonly inLabel: (n: number) => string
  readonly near: (n: number) => string
}

/** Even numbers have `*.`, odd ones `app-*.`. */
function spread (count: number): Wildcards {
  const even = (n: number) => n - n % 2
  return {
    entries: numbers(count).map(n => `https://${n % 2 === 0 ? '*' : 'app-*'}.tenant-${n}.example.com`),
    whole: n => `https://eu.shop.tenant-${even(n)}.example.com`,
    inLabel: n => `https://app-${n}f3.tenant-${even(n) + 1}.example.com`,
    near: n => `https://web-${n}.tenant-${even(n) + 1}.example.com`
  }
}

/** The last one is `*.` below another domain: there is a wildcard for whole labels too. */
function oneSuffix (count: number): Wildcards {
  return {
    entries: [
      ...numbers(count - 1).map(n => `https://app-${n}-*.example.com`),
      'https://*.intranet.example.org'
    ],
    whole: n => `https://eu-${n}.shop.intranet.example.org`,
    inLabel: n => `https://app-${n % (count - 1)}-pr7.example.com`,
    near: n => `https://web-${n}-pr7.example.com`
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_none, index) => index)

/** From all over the list, and not in its order. */
const some = (count: number, origin: (n: number) => string): string[] =>
  numbers(ASKED).map(index => origin(index * 7_919 % count))
