import type { Check, Finding, TroubleCode } from './finding.js'
import type { Hop } from './hop.js'

/** What was found at one hop. `first` is the check that refuses or spoils the answer first, if any does. */
export interface HopReport extends Hop {
  readonly findings: readonly Finding[]
  readonly first?: Check
}

/** Who is to blame: the hops' names, and what they did at which check. */
export interface Blame {
  readonly hops: readonly string[]
  readonly check: Check
  readonly code: TroubleCode | 'ok'
}

/** The answer to "why does my page not connect?". */
export interface Diagnosis {
  readonly origin: string
  readonly url: string
  /** A page on the origin can use the public URL by every transport that is open. */
  readonly works: boolean
  /** Sentences for a person. */
  readonly verdict: string
  readonly mend?: string
  readonly blame?: Blame
  /** The public URL first, then inwards. */
  readonly hops: readonly HopReport[]
}

type Examined = Hop & { readonly findings: readonly Finding[] }

/** What a gateway takes off the instances' shoulders: behind one it matters no more. */
const GATEWAYS_BUSINESS: ReadonlySet<string> = new Set<TroubleCode>(['spring-refused', 'origin-refused',
  'gatehouse-refused', 'acao-missing', 'acao-repeated', 'acao-any', 'acao-wrong', 'credentials-missing',
  'vary-missing', 'headers-not-allowed', 'open-to-any-site'])

const ORIGIN_CHECKS: ReadonlySet<string> = new Set<TroubleCode>(['spring-refused', 'origin-refused'])

const UNREACHED: ReadonlySet<string> = new Set<TroubleCode>(['connection-refused', 'unknown-host', 'unreachable',
  'timed-out', 'broken-off', 'certificate', 'tls', 'not-http'])

/**
 * Sets what was found at all hops against each other. The page's fate is what the first, public one answers;
 * the others tell who made it so, and what is harmless behind a gateway is told there as a note.
 */
export function diagnose (examined: readonly [Examined, ...Examined[]], origin: string): Diagnosis {
  const [front, ...inner] = examined
  const trouble = front.findings.find(({ severity }) => severity === 'fault')
  const guilty = trouble === undefined ? [] : findGuilty(inner, trouble)
  const hops = [front, ...inner.map(hop => regrade(hop, trouble, guilty.includes(hop)))].map(withFirst)
  if (trouble === undefined) {
    return { origin, url: front.url, works: true, verdict: praise(front, inner, origin), hops }
  }
  const blamed = findBlamed(front, guilty)
  return {
    origin,
    url: front.url,
    works: false,
    verdict: accuse(front, inner, blamed, trouble),
    ...(trouble.mend !== undefined && { mend: trouble.mend }),
    blame: { hops: blamed.map(({ name }) => name), check: trouble.check, code: trouble.code },
    hops
  }
}

/**
 * The hops that do the same, outermost first, without the front: whatever lies further out only passes it on.
 * Behind the first one that answers well nobody is guilty: what it hides from the front spoils nothing there.
 */
function findGuilty (inner: readonly Examined[], trouble: Finding): readonly Examined[] {
  const isGuilty = (hop: Examined) => hop.findings.some(finding => isSame(finding, trouble))
  // Instances lie side by side: one that does well hides no other.
  const well = inner.findIndex(hop => hop.kind !== 'instance' && answersWell(hop, trouble))
  return (well < 0 ? inner : inner.slice(0, well)).filter(isGuilty)
}

/** The innermost of the guilty, or the front where nobody else is. */
function findBlamed (front: Examined, guilty: readonly Examined[]): readonly Examined[] {
  const instances = guilty.filter(({ kind }) => kind === 'instance')
  return instances.length > 0 ? instances : [guilty.at(-1) ?? front]
}

/** It was asked the same, and nothing is wrong with the answer. */
function answersWell ({ findings }: Examined, { check }: Finding): boolean {
  const answers = findings.filter(finding => finding.check === check)
  return answers.length > 0 && answers.every(({ severity }) => severity !== 'fault')
}

/** A gateway answers 502-504 for an instance that it cannot reach, which is that instance's trouble. */
function isSame ({ check, code, severity }: Finding, trouble: Finding): boolean {
  if (severity !== 'fault') return false
  if (trouble.code === 'bad-gateway' && UNREACHED.has(code)) return true
  return code === trouble.code && check === trouble.check
}

function regrade (hop: Examined, trouble: Finding | undefined, isGuilty: boolean): Examined {
  const checksOrigins = hop.findings.some(({ code }) => ORIGIN_CHECKS.has(code))
  const findings = hop.findings.map(finding => {
    const { code, severity } = finding
    if ((isGuilty && code === trouble?.code) || severity === 'ok' || severity === 'note') return finding
    // Who checks origins at one door refuses for the same reason at the next, if with fewer words.
    if (GATEWAYS_BUSINESS.has(code) || (code === 'refused' && checksOrigins)) return asNote(finding)
    // The page works: then this is one of several instances, or a way that no page goes.
    return trouble === undefined ? { ...finding, severity: 'warning' as const } : finding
  })
  return { ...hop, findings }
}

function asNote (finding: Finding): Finding {
  return { ...finding, severity: 'note', message: `${finding.message} (no matter where only a gateway leads here)` }
}

function withFirst (hop: Examined): HopReport {
  const first = hop.findings.find(({ severity }) => severity === 'fault') ??
    hop.findings.find(({ severity }) => severity === 'warning')
  return first === undefined ? hop : { ...hop, first: first.check }
}

function praise (front: Examined, inner: readonly Examined[], origin: string): string {
  const sentences = [`A page on ${origin} can use ${front.url} by every transport that is open.`]
  const refusing = inner.filter(({ findings }) => findings.some(({ code }) => ORIGIN_CHECKS.has(code)))
  if (refusing.length > 0) {
    sentences.push(`${names(refusing)}, asked directly, refuses this origin. That is as it should be: the gateway ` +
      'decides about origins and keeps the header from the instances.')
  }
  if (front.findings.some(({ code }) => code === 'open-to-any-site')) {
    sentences.push('So can pages on other origins: see the warnings.')
  }
  return sentences.join(' ')
}

function accuse (
  front: Examined, inner: readonly Examined[], blamed: readonly Examined[], trouble: Finding
): string {
  const { check, code, message } = trouble
  const told = `"${check}" fails at ${front.url}: ${message}.`
  const culprits = blamed[0] === front ? [] : blamed
  const better = inner.filter(hop => !hop.findings.some(finding => isSame(finding, trouble)))
  if (code === 'spring-refused') return `${told} ${springStory(better, culprits)}`
  if (culprits.length > 0) return `${told} To blame: ${names(culprits)}, asked directly, ${ownWords(culprits, code)}.`
  // The browser is the one that refuses: nobody behind the URL has a part in it.
  if (inner.length === 0 || code === 'mixed-content') return told
  return `${told} Asked directly, ${names(better)} gave no such answer: to blame is what stands in front.`
}

function springStory (better: readonly Examined[], culprits: readonly Examined[]): string {
  if (culprits.length > 0) {
    return `It is the instance that refuses, not the gateway: ${names(culprits)}, asked directly, does the same, and what ` +
      'stands in front passes the Origin on.'
  }
  if (better.length === 0) return 'It is the instance that refuses: no gateway or proxy in front says these words.'
  return `It is an instance that refuses, though ${names(better)}, asked directly, does not: another instance, or one that ` +
    'compares the Origin with the Host it is told.'
}

/** What an unreachable instance is to itself, and to the gateway no more than a 502. */
function ownWords (culprits: readonly Examined[], code: Finding['code']): string {
  const faults = culprits.flatMap(({ findings }) => findings).filter(({ severity }) => severity === 'fault')
  if (faults.some(fault => fault.code === code)) return 'does the same'
  return `says: ${faults.slice(0, 1).map(({ message }) => message).join()}`
}

function names (hops: readonly Hop[]): string {
  return hops.map(({ name, url }) => `${name} (${url})`).join(' and ')
}
