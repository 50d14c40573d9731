import { resolve } from 'node:path'
import { splitEntries } from '../origin/entry.js'
import { quote } from './faults.js'
import { nearest } from './nearest.js'
import { parseAllowedOrigins } from './origin-lists.js'
import { parseSourceUrl } from './source-url.js'

/**
 * One source of origins. `name` is how the setting spells it, without credentials and unlike all other names
 * of its setting; `url` holds the credentials and is never to be shown. A relative `path` starts at the
 * working directory.
 */
export type SourceSpec =
  | { readonly kind: 'list', readonly name: 'env' | 'candidate', readonly entries: readonly string[] }
  | { readonly kind: 'file', readonly name: string, readonly path: string }
  | { readonly kind: 'http', readonly name: string, readonly url: string }
  | { readonly kind: 'redis', readonly name: string, readonly url: string }
  | { readonly kind: 'module', readonly name: string, readonly path: string }

/** The sources of one setting, and a message for each fault and each warning. */
export interface OriginSources {
  readonly sources: readonly SourceSpec[]
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
}

const KINDS = ['env', 'file', 'http', 'https', 'redis', 'rediss', 'module']
const ALL_KINDS = 'Write env, file:, http://, https://, redis://, rediss:// or module:'

/** Reads ORIGIN_POLICY; `entries` are those of ALLOWED_ORIGINS, which `env` stands for. */
export function parseOriginPolicy (text: string, entries: readonly string[]): OriginSources {
  const items = splitEntries(text)
  const reading = readSources(items, holdsSecrets(items), entries)
  if (items.length > 0) return reading
  return { ...reading, faults: [`${quote(text)} names no source. ${ALL_KINDS}`] }
}

/**
 * Reads ORIGIN_POLICY_CANDIDATE: allow-list entries and sources in any order. The entries make one source;
 * there is none when the text is empty.
 */
export function parseOriginCandidate (text: string): OriginSources {
  const items = splitEntries(text)
  const secret = holdsSecrets(items)
  const entries = items.filter(item => !isSource(item))
  const list = parseAllowedOrigins(entries.join())
  const { sources, faults, warnings } = readSources(items.filter(isSource), secret, [])
  const listed: readonly SourceSpec[] = entries.length === 0
    ? []
    : [{ kind: 'list', name: 'candidate', entries: list.entries }]
  const entryFaults = secret && list.faults.length > 0
    ? ['an item (not shown) is neither an allow-list entry nor a source. End the path of a document in .json or ' +
       '.txt, and percent-encode commas in a password']
    : list.faults.map(fault => addDocumentHint(fault, entries))
  return {
    sources: Object.freeze([...listed, ...sources]),
    faults: [...entryFaults, ...faults],
    warnings: [...list.warnings, ...warnings]
  }
}

/** A URL with a path is more likely to be a document that is spelled differently than an origin. */
function addDocumentHint (fault: string, entries: readonly string[]): string {
  const isAboutUrl = entries.some(entry =>
    /^https?:\/\/[^/]+\/./i.test(entry) && fault.startsWith(`${quote(entry)}: `))
  return isAboutUrl ? `${fault}; a document's path ends in .json or .txt` : fault
}

/** Whether an item of ORIGIN_POLICY_CANDIDATE is a source: the ending tells a document from an origin. */
function isSource (item: string): boolean {
  if (/^(file|rediss?|module):/i.test(item)) return true
  return /^https?:\/\//i.test(item) && URL.canParse(item) && /\.(json|txt)$/.test(new URL(item).pathname)
}

/** A password, a token, or pieces of one that a comma has cut apart: such items are named by number only. */
const holdsSecrets = (items: readonly string[]): boolean => items.some(item =>
  /[@?]/.test(item) || (/^\w+:\/\//.test(item) && !URL.canParse(item)))

function readSources (
  items: readonly string[], secret: boolean, entries: readonly string[]
): OriginSources {
  const byTarget = new Map<string, SourceSpec>()
  const faults: string[] = []
  const warnings: string[] = []
  for (const [index, item] of items.entries()) {
    const label = secret ? `source ${index + 1} (not shown)` : quote(item)
    const source = readSource(item, entries, warnings)
    if (source === undefined) faults.push(`${label} is no source. ${findMend(item, secret)}`)
    else if (typeof source === 'string') faults.push(`${label} ${source}`)
    else if (byTarget.has(targetOf(source))) faults.push(`${label} repeats an earlier source. Remove one of the two`)
    else byTarget.set(targetOf(source), withOwnName(source, [...byTarget.values()]))
  }
  const sources = [...byTarget.values()].map(source => Object.freeze(source))
  return { sources: Object.freeze(sources), faults, warnings }
}

/** A source, or what is wrong with it, or undefined when it is of no known kind. */
function readSource (
  item: string, entries: readonly string[], warnings: string[]
): SourceSpec | string | undefined {
  if (item === 'env') return { kind: 'list', name: 'env', entries }
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/is.exec(item) ?? []
  const kind = scheme.toLowerCase()
  if (kind === '' || !KINDS.includes(kind)) return undefined
  if (/\p{Cc}/u.test(item)) return 'holds a control character. Remove it'
  if (kind === 'file' || kind === 'module') return readPath(kind, item, rest)
  const address = parseSourceUrl(item)
  if (typeof address === 'string') return address
  const { url, name, isExposed } = address
  if (isExposed) warnings.push(`'${name}' is read unencrypted, so whoever is on the path decides. Write https://`)
  return { kind: kind.startsWith('http') ? 'http' : 'redis', name, url }
}

function readPath (kind: 'file' | 'module', name: string, path: string): SourceSpec | string {
  if (path === '') return `has no path. Write such as ${kind === 'file' ? 'file:./origins.txt' : 'module:./my-policy.js'}`
  if (/^\/\/[^/]/.test(path)) return `names a host after the slashes. Write ${kind}:./path or ${kind}:/path`
  if (kind === 'module' && !/\.m?js$/.test(path)) return 'is no JavaScript module. Name a file that ends in .js or .mjs'
  return { kind, name, path: path.replace(/^\/+/, '/') }
}

function targetOf (source: SourceSpec): string {
  if ('url' in source) return JSON.stringify([source.kind, source.url])
  return JSON.stringify([source.kind, 'path' in source ? resolve(source.path) : source.name])
}

/** Two URLs may differ in what their names hide. */
function withOwnName (source: SourceSpec, others: readonly SourceSpec[]): SourceSpec {
  const namesakes = others.filter(({ name }) => name.replace(/ \(\d+\)$/, '') === source.name).length
  if (namesakes === 0 || source.kind === 'list') return source
  return { ...source, name: `${source.name} (${namesakes + 1})` }
}

/** How a source of that kind is written; `rest` is what stands behind its colon, if it may be shown. */
function describeMeant (kind: string, rest: string): string {
  const examples: Readonly<Record<string, string>> = { file: './origins.txt', module: './my-policy.js' }
  if (kind === 'env') return 'Write env'
  if (kind in examples) return `Write ${quote(`${kind}:${rest || examples[kind]}`)}`
  return `Write ${kind}:`
}

/** What the writer most likely meant; shows the item only when it holds no secret. */
function findMend (item: string, secret: boolean): string {
  if (/;\s*(env|file|https?|rediss?|module)\b|^env\s/i.test(item)) {
    return 'Commas separate sources: write such as env,file:./origins.txt'
  }
  const [, scheme, rest = ''] = /^([a-z]+):(.*)$/is.exec(item) ?? []
  const meant = nearest(scheme ?? item, KINDS)
  if (meant !== undefined) return describeMeant(meant, secret ? '' : rest)
  if (scheme !== undefined || secret) return ALL_KINDS
  if (/\.m?js$/.test(item)) return `Write ${quote(`module:${item}`)}`
  if (/[/\\]|\.(txt|json)$/.test(item)) return `Write ${quote(`file:${item}`)}`
  if (/^(null|.*[.*].*)$/.test(item)) return 'An allow-list entry belongs in ALLOWED_ORIGINS'
  return ALL_KINDS
}
