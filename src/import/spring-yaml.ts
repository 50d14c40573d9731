import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseAllDocuments, visit } from 'yaml'
import type { Alias, Document, Node, Pair, YAMLMap } from 'yaml'
import { scopeDifferences, type CorsScope } from './cors-scope.js'
import { createCollector, type Collector, type ImportResult } from './result.js'
import type { SpringListKind } from './spring-differences.js'
import { addSpringText } from './spring-finding.js'

/** Names as Spring's relaxed binding compares them: lower-case, without dashes and underscores. */
const LISTS: ReadonlyMap<string, SpringListKind> =
  new Map([['allowedorigins', 'origins'], ['allowedoriginpatterns', 'patterns']])

/** Aliases can make a small file a huge tree: so much is looked at, and no deeper. */
const MAX_NODES = 50_000
const MAX_DEPTH = 64

/** The state of one reading. */
interface Reading {
  readonly collector: Collector
  readonly aliased: ReadonlyMap<Alias, Node>
  readonly locate: (node: Node) => { line: number, written: string }
  /** What is found, to be added when all of it is known. */
  readonly found: Found
  /** The texts of `on-profile` and its like in this document. */
  readonly profiles: Set<string>
  left: number
}

/** By the path of the configuration: `spring.….corsconfigurations.[/**]`. */
interface Found {
  readonly lists: Array<{ reading: Reading, list: OriginList }>
  readonly credentials: Map<string, Set<string>>
  readonly methods: Map<string, Set<string>>
}

/** Below these paths stands what has to be active for a document to hold. */
const PROFILES = new Set(['spring.config.activate.onprofile', 'spring.config.activate.oncloudplatform', 'spring.profiles'])

/**
 * Reads `spring.cloud.gateway.globalcors` (also under `server.webflux` and `server.webmvc`, and the `cors`
 * metadata of routes) of an application.yml with one or more documents. Lists of origins that belong to
 * something else are named, and left out.
 */
export function importSpringYaml (text: string): ImportResult {
  const collector = createCollector()
  const lines = new LineCounter()
  let left = MAX_NODES
  const found: Found = { lists: [], credentials: new Map(), methods: new Map() }
  const options = { lineCounter: lines, logLevel: 'silent', prettyErrors: false, uniqueKeys: false } as const
  for (const document of parseAllDocuments(text, options)) {
    const [error] = document.errors // the others mostly follow from the first
    if (error !== undefined) {
      const line = text.slice(error.pos[0]).split('\n', 1).join()
      const reason = `it is no YAML: ${error.message}`
      collector.cannotRead({ line: lines.linePos(error.pos[0]).line, written: line, reason })
    }
    const locate = ({ range }: Node) => {
      const [start, end] = range as [number, number, number] // every node of a parsed text has one
      return { line: lines.linePos(start).line, written: text.slice(start, end) }
    }
    const aliased = findAliased(document)
    const reading = { collector, locate, aliased, found, profiles: new Set<string>(), left }
    walk(reading, document.contents, [], 0)
    left = reading.left
  }
  const gateways = found.lists.filter(({ list }) => isGateways(list.path))
  const patterns = [...new Set(gateways.map(({ list }) => patternOf(list.path)))]
    .slice(0, MAX_KEPT)
  for (const { reading, list } of found.lists) {
    const isLater = gateways[0]?.reading !== reading
    readList(reading, list, scopeDifferences({ ...scopeOf(reading, list), patterns, isLater }))
  }
  const reason = `it is too large: only its first ${MAX_NODES} parts were looked at`
  if (left <= 0) collector.cannotRead({ line: 1, written: '', reason })
  return collector.result()
}

/** What each alias stands for, found in one go: asking the document each time takes all of it each time. */
function findAliased (document: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>()
  const aliased = new Map<Alias, Node>()
  visit(document, {
    Node: (_, node) => {
      const target = isAlias(node) ? anchors.get(node.source) : undefined
      if (isAlias(node) && target !== undefined) aliased.set(node, target)
      else if (!isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node)
    }
  })
  return aliased
}

function walk (reading: Reading, given: unknown, path: readonly string[], depth: number): void {
  const node = resolve(reading, given)
  if (reading.left <= 0 || depth > MAX_DEPTH) return
  reading.left--
  if (isSeq(node)) for (const item of node.items) walk(reading, item, path, depth + 1)
  if (!isMap(node)) return
  for (const [name, { key, value }] of pairsOf(reading, node, depth)) {
    const below = [...path, ...splitKey(name)]
    const kind = LISTS.get(below.at(-1) ?? '')
    const list = kind && { kind, path: below, key: key as Node, value }
    if (list !== undefined) reading.found.lists.push({ reading, list })
    else if (!noteScope(reading, below, value)) walk(reading, value, below, depth + 1)
  }
}

/** So many texts of a kind are kept, as they are told with every list. */
const MAX_KEPT = 20

/** Keeps what goes with a list; false when the path is of no such thing. */
function noteScope (reading: Reading, path: readonly string[], value: unknown): boolean {
  const { found, profiles } = reading
  const [name, configuration] = [path.at(-1), path.slice(0, -1).join('.')]
  const keep = (kept: Set<string>) => {
    const texts = itemsOf(reading, value).filter(isScalar).map(item => String(item.value))
    for (const text of texts.slice(0, MAX_KEPT - kept.size)) kept.add(text)
    return kept
  }
  const kept = name === 'allowcredentials' ? found.credentials : name === 'allowedmethods' ? found.methods : undefined
  if (kept !== undefined) kept.set(configuration, keep(kept.get(configuration) ?? new Set()))
  else if (PROFILES.has(path.join('.')) && !isMap(resolve(reading, value))) keep(profiles)
  else return false
  return true
}

function scopeOf ({ found, profiles }: Reading, { path }: OriginList): Omit<CorsScope, 'patterns' | 'isLater'> {
  const configuration = path.slice(0, -1).join('.')
  const stated = found.credentials.get(configuration)
  return {
    hasCredentials: stated?.size === 1 && stated.has('true'),
    methods: [...found.methods.get(configuration) ?? []].flatMap(text => text.split(',')).map(text => text.trim()),
    profiles: [...profiles]
  }
}

/** The path pattern of a configuration; the `cors` of a route's metadata is of that route. */
function patternOf (path: readonly string[]): string {
  const at = path.indexOf('corsconfigurations')
  return at === -1 ? 'those of a route' : path.slice(at + 1, -1).join('.').replace(/^\[|\]$/g, '')
}

type Pairs = Array<readonly [name: string, Pair<unknown, unknown>]>

/**
 * The pairs of a map, and those that merge keys bring into it. What the map holds itself, or what an earlier
 * merge brought, is not overridden. https://yaml.org/type/merge.html
 */
function pairsOf (reading: Reading, map: YAMLMap, depth: number): Pairs {
  const named = map.items.map(pair => [isScalar(pair.key) ? String(pair.key.value) : '', pair] as const)
  const own = named.filter(([name]) => name !== '<<')
  const held = new Set(own.map(([name]) => name))
  const merged = named.filter(([name]) => name === '<<').flatMap(([, { value }]) => {
    const node = resolve(reading, value)
    return (isSeq(node) ? node.items : [node]).flatMap(each => mergedFrom(reading, each, depth + 1))
  })
  return [...own, ...merged.filter(([name]) => !held.has(name) && held.add(name))]
}

/** Merging a map counts as looking at it. */
function mergedFrom (reading: Reading, given: unknown, depth: number): Pairs {
  const node = resolve(reading, given)
  if (!isMap(node) || reading.left <= 0 || depth > MAX_DEPTH) return []
  reading.left -= 1 + node.items.length
  return pairsOf(reading, node, depth)
}

function resolve ({ aliased }: Reading, node: unknown): Node | null | undefined {
  return isAlias(node) ? aliased.get(node) ?? node : node as Node | null | undefined
}

/** `a.b-c.[/**].d[0]` to `a`, `bc`, `[/**]`, `d`: keys may hold a whole path. */
function splitKey (key: string): string[] {
  const parts = key.match(/\[[^\]]*\]|[^.[]+/g) ?? []
  return parts.filter(part => !/^\[\d+\]$/.test(part))
    .map(part => /^[[/]/.test(part) ? part : part.toLowerCase().replace(/[-_]/g, ''))
}

interface OriginList { kind: SpringListKind, path: readonly string[], key: Node, value: unknown }

function readList (
  reading: Reading, { kind, path, key, value }: OriginList, scope: readonly string[]
): void {
  const { collector, locate } = reading
  if (!isGateways(path)) {
    const reason = `it is a list of ${path.slice(0, -1).join('.') || 'nothing known'}, not of the gateway's globalcors. ` +
      'Add its origins by hand if the gateway shall let them in'
    collector.cannotRead({ line: locate(key).line, written: path.join('.'), reason })
    return
  }
  for (const item of itemsOf(reading, value)) {
    const { line, written: source } = locate(item)
    if (!isScalar(item)) {
      collector.cannotRead({ line, written: source, reason: 'cannot be read: it is no text' })
      continue
    }
    const written = String(item.value ?? '')
    const placeholder = /\$\{[^:}]*:?([^}]*)\}/.exec(written)
    if (placeholder === null) addSpringText(collector, { kind, text: written, line, written, scope })
    else {
      const likely = placeholder[1] ? `. Likely meant: ${placeholder[1]}` : ''
      collector.cannotRead({ line, written, reason: `cannot be read: the value of the placeholder stands elsewhere${likely}` })
    }
  }
}

/** Below `spring.cloud.gateway`, in its `globalcors` or in the `cors` of a route's metadata. */
function isGateways (path: readonly string[]): boolean {
  const isBelow = path.slice(0, 3).join('.') === 'spring.cloud.gateway'
  return isBelow && (path.includes('corsconfigurations') || path.slice(-3, -1).join('.') === 'metadata.cors')
}

/** The members of a list, of a map from `[0]`, or the one text. */
function itemsOf (reading: Reading, value: unknown): Node[] {
  const node = resolve(reading, value)
  const items = isMap(node) ? node.items.map(item => item.value) : isSeq(node) ? node.items : [node]
  return items.map(item => resolve(reading, item)).filter(isNode)
}
