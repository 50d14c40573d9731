import type { EntryPorts } from './entry-ports.js'
import { createLabelIndex, findLabels, getOrAddLabel, type LabelIndex } from './label-index.js'
import type { ParsedOrigin } from './origin.js'
import { addPorts, createPortTable, earliestAt, type ListedEntry, type PortTable } from './port-table.js'

/** One entry that no table of exact origins can hold: a wildcard in its host, or any port. */
export interface IndexedEntry { entry: string, scheme: string, host: string, ports: EntryPorts }

/** Finds an entry that an origin matches: of those with the shortest literal suffix, the one added first. */
export interface PatternIndex {
  add (entry: IndexedEntry): void
  find (origin: ParsedOrigin): string | undefined
}

/** A place in the tree of all entry hosts, which are read label by label from the right. */
interface PatternNode {
  literal: Map<string, PatternNode> | undefined
  /** Below labels with a `*` inside. */
  partial: LabelIndex<PatternNode> | undefined
  /** Below the label `*`. */
  star: PatternNode | undefined
  /** The entries whose host ends its reading here. */
  ports: PortTable | undefined
}

/** One look-up: the host is read from the right, and `best` is the first entry met so far. */
interface Search {
  readonly host: string
  readonly port: string
  best: ListedEntry | undefined
  /** The stars that were tried at each label already: several ways may lead to one. */
  tried: Set<PatternNode> | undefined
}

/**
 * An empty index. A look-up costs a hash look-up for each label of the host, and inside a label for each
 * length of literal text that is listed there; it does not grow with the list. Only a `*` that stands left of
 * another one is tried at each label of the host.
 */
export function createPatternIndex (): PatternIndex {
  const roots = new Map<string, PatternNode>()
  let order = 0
  return {
    add: ({ entry, scheme, host, ports }) => {
      let node = getOrAdd(roots, scheme)
      for (const label of host.split('.').reverse()) node = getOrAddChild(node, label)
      addPorts(node.ports ??= createPortTable(), ports, { entry, order: order++ })
    },
    find: ({ scheme, host, port }) => {
      const root = roots.get(scheme)
      return root && findBelow(root, { host, port, best: undefined, tried: undefined })
    }
  }
}

/** Walks the literal labels from the right; the trailing dot of a rooted name ends an empty one. */
function findBelow (root: PatternNode, search: Search): string | undefined {
  const { host } = search
  let end = host.length
  for (let node: PatternNode | undefined = root; node !== undefined;) {
    if (end === -1) {
      note(node, search)
      break
    }
    if (node.star !== undefined) tryStar(node.star, end, search)
    if (node.partial === undefined && search.best !== undefined) break
    const dot = host.lastIndexOf('.', end - 1)
    const label = host.slice(dot + 1, end)
    if (node.partial !== undefined) tryPartial(node.partial, label, dot, search)
    if (search.best !== undefined) break
    node = node.literal?.get(label)
    end = dot
  }
  return search.best?.entry
}

/** Tries everything below a node that was reached by a wildcard. `end` is -1 when all of the host is read. */
function tryBelow (node: PatternNode, end: number, search: Search): void {
  if (end === -1) {
    note(node, search)
    return
  }
  const { star, partial, literal } = node
  if (star !== undefined) tryStar(star, end, search)
  if (partial === undefined && literal === undefined) return
  const dot = search.host.lastIndexOf('.', end - 1)
  const label = search.host.slice(dot + 1, end)
  if (partial !== undefined) tryPartial(partial, label, dot, search)
  const child = literal?.get(label)
  if (child !== undefined) tryBelow(child, dot, search)
}

/** Tries the labels with a `*` inside that cover this one, which ends what is read; `dot` is left of it. */
function tryPartial (
  partial: LabelIndex<PatternNode>, label: string, dot: number, search: Search
): void {
  for (const child of findLabels(partial, label)) tryBelow(child, dot, search)
}

/** The label `*` takes all labels left of `end`, or some of them when more is to come. */
function tryStar (star: PatternNode, end: number, search: Search): void {
  note(star, search)
  if (star.literal === undefined && star.partial === undefined && star.star === undefined) return
  const { host, tried = new Set<PatternNode>() } = search
  search.tried = tried
  // All is tried from the right, so the first way here leaves the most to the star.
  if (tried.has(star)) return
  tried.add(star)
  for (let dot = host.lastIndexOf('.', end - 1); dot !== -1; dot = host.lastIndexOf('.', dot - 1)) {
    tryBelow(star, dot, search)
  }
}

function note ({ ports }: PatternNode, search: Search): void {
  if (ports !== undefined) search.best = earliestAt(ports, search.port, search.best)
}

function getOrAddChild (node: PatternNode, label: string): PatternNode {
  if (label === '*') {
    node.star ??= createNode()
    return node.star
  }
  if (label.includes('*')) {
    node.partial ??= createLabelIndex()
    return getOrAddLabel(node.partial, label, createNode)
  }
  node.literal ??= new Map()
  return getOrAdd(node.literal, label)
}

function getOrAdd (nodes: Map<string, PatternNode>, key: string): PatternNode {
  const known = nodes.get(key)
  if (known !== undefined) return known
  const made = createNode()
  nodes.set(key, made)
  return made
}

function createNode (): PatternNode {
  return { literal: undefined, partial: undefined, star: undefined, ports: undefined }
}
