import { parse } from 'tldts'
import { editDistance } from './edit-distance.js'
import { matchGlob } from './glob.js'
import { compileHostPattern } from './host-pattern.js'
import { isLoopback } from './host.js'
import { matchLoosely } from './spring.js'

/** How near an entry's host is to a host asked about. */
export interface HostRelation {
  /** 0: the entry covers the host. 1: one well-known trap away. Up to 5: merely the same site. */
  readonly rank: number
  /** What is different, without the entry; '' at rank 0. */
  readonly reason: string
}

/** A host asked about, and what is worked out once for a whole list. */
export interface AskedHost {
  readonly host: string
  /** The registrable domain, `example.com`; '' when there is none (addresses, localhost, public suffixes). */
  readonly site: string
  /** How many edits still look like a slip, and not like somebody else's name. */
  readonly slips: number
}

/** Prepares a normalized host for relateHost. */
export function askHost (host: string): AskedHost {
  const { site, suffix } = siteOf(host)
  const ownLength = host.length - (suffix === '' ? 0 : suffix.length + 1)
  return { host, site, slips: ownLength < 4 ? 0 : ownLength < 8 ? 1 : 2 }
}

/** What an entry's normalized host has to do with the host asked about; undefined when nothing. */
export function relateHost (asked: AskedHost, entryHost: string): HostRelation | undefined {
  const { suffix, matches } = compileHostPattern(entryHost)
  const isUnder = asked.host === suffix || asked.host.endsWith(`.${suffix}`)
  if (isUnder && matches(asked.host)) return { rank: 0, reason: '' }
  return relateRooted(asked, entryHost) ??
    (entryHost.includes('*') ? relateWildcard(asked.host, entryHost) : relateExact(asked, entryHost)) ??
    relateLookAlike(asked, suffix) ??
    relateSlip(asked, suffix, entryHost) ??
    relateSite(asked, suffix, entryHost)
}

/** `example.com.` names the same machine, and to a browser another origin. */
function relateRooted ({ host }: AskedHost, entryHost: string): HostRelation | undefined {
  if (host.endsWith('.') === entryHost.endsWith('.')) return undefined
  const rooted = host.endsWith('.') ? 'the origin' : 'the entry'
  const inner = relateHost({ host: host.replace(/\.$/, ''), site: '', slips: 0 }, entryHost.replace(/\.$/, ''))
  return inner?.rank !== 0
    ? undefined
    : { rank: 1, reason: `the host of ${rooted} ends with a dot, and a browser takes that for another host` }
}

function relateWildcard (host: string, entryHost: string): HostRelation | undefined {
  if (entryHost === `*.${host}`) return { rank: 1, reason: 'it does not cover the apex' }
  if (entryHost.split('*.').join('') === host) return { rank: 1, reason: '"*." stands for at least one label' }
  if (!matchLoosely(entryHost, host)) return undefined
  return matchGlob(entryHost, host, (a, b) => a === b)
    ? { rank: 1, reason: 'a "*" inside a label covers that one label only, and no dot' }
    : { rank: 1, reason: '"*" stands for at least one character' }
}

function relateExact ({ host, site }: AskedHost, entryHost: string): HostRelation | undefined {
  if (host === `www.${entryHost}` || entryHost === `www.${host}`) {
    return { rank: 1, reason: '"www." makes it a host of its own' }
  }
  if (isLoopback(host) && isLoopback(entryHost)) {
    return { rank: 2, reason: `both are this machine, but to a browser "${host}" is not "${entryHost}"` }
  }
  if (site === '' || !`.${entryHost}`.endsWith(`.${site}`)) return undefined // a public suffix is nobody's apex
  if (host.endsWith(`.${entryHost}`)) return { rank: 2, reason: 'it is one exact host and covers no sub-domain' }
  if (entryHost.endsWith(`.${host}`)) return { rank: 3, reason: `it covers a sub-domain, not "${host}" itself` }
  return undefined
}

/** What endsWith, startsWith or a dot left unescaped would have let in. */
function relateLookAlike ({ host }: AskedHost, suffix: string): HostRelation | undefined {
  if (!suffix.includes('.')) return undefined
  if (host.startsWith(`${suffix}.`) || host.includes(`.${suffix}.`)) {
    return { rank: 3, reason: `"${suffix}" stands at the front, not at the end, where it counts` }
  }
  if (host.endsWith(suffix) && !host.endsWith(`.${suffix}`)) {
    const glued = host.slice(host.lastIndexOf('.', host.length - suffix.length - 1) + 1)
    return { rank: 3, reason: `"${glued}" only ends like "${suffix}": no dot stands before it` }
  }
  return undefined
}

/** The part of the host that the entry writes out, compared with as many labels of the host asked about. */
function relateSlip (
  { host, slips }: AskedHost, suffix: string, entryHost: string
): HostRelation | undefined {
  const labels = host.split('.')
  const compared = entryHost.includes('*') ? labels.slice(-suffix.split('.').length).join('.') : host
  const edits = editDistance(compared, suffix, slips)
  if (edits === undefined || edits === 0) return undefined
  const count = edits === 1 ? 'one character' : `${edits} characters`
  return { rank: 2, reason: `the host differs only in ${count}: "${compared}" is not "${suffix}"` }
}

function relateSite ({ host, site }: AskedHost, suffix: string, entryHost: string): HostRelation | undefined {
  if (site === '') return undefined
  if (suffix === site || suffix.endsWith(`.${site}`)) {
    const written = entryHost.includes('*') ? `fits no "${entryHost}"` : `is not "${entryHost}"`
    return { rank: 5, reason: `"${host}" ${written}, though the site is the same` }
  }
  const name = site.slice(0, site.indexOf('.') + 1)
  if (!suffix.startsWith(name) && !suffix.includes(`.${name}`)) return undefined
  const entrySite = siteOf(suffix).site
  return entrySite.startsWith(name)
    ? { rank: 4, reason: `the end of the name differs: "${site}" is not "${entrySite}"` }
    : undefined
}

function siteOf (host: string): { site: string, suffix: string } {
  const options = { allowPrivateDomains: true, extractHostname: false, validateHostname: false }
  const { domain, publicSuffix } = parse(host, options)
  return { site: domain ?? '', suffix: publicSuffix ?? '' }
}
