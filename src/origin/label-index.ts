/**
 * Labels with a `*` inside, as `app-*`, `*-7` or `a*-b-*z`: a start, an end, and what stands between stars.
 * Each is a level of look-ups, so labels that no text agrees with cost nothing, however many are listed.
 */
export type LabelIndex<T> = Texts<Texts<Middle<T>>>

/** Values by text. A place of a label is asked for each length there is, of which lists have a few. */
interface Texts<V> {
  /** Ascending. */
  lengths: readonly number[]
  /** The value of '', which most ends are: no Map for it. */
  empty: V | undefined
  byText: Map<string, V> | undefined
}

/** What may follow once start, end and some middles were found; `target` when nothing need to. */
interface Middle<T> {
  target: T | undefined
  next: Texts<Middle<T>> | undefined
}

const NO_LENGTHS: readonly number[] = []

/** An index without labels. */
export function createLabelIndex<T> (): LabelIndex<T> {
  return createTexts()
}

/** The value of this label, which holds a `*`; made when it is new. */
export function getOrAddLabel<T> (index: LabelIndex<T>, label: string, make: () => T): T {
  const start = label.slice(0, label.indexOf('*'))
  const [end = '', ...backwards] = label.slice(start.length + 1).split('*').reverse()
  let middle = getOrAddText(getOrAddText(index, start, createTexts<Middle<T>>), end, createMiddle<T>)
  for (const text of backwards.reverse()) {
    middle.next ??= createTexts()
    middle = getOrAddText(middle.next, text, createMiddle<T>)
  }
  middle.target ??= make()
  return middle.target
}

/**
 * The values of all labels that cover this one; a `*` is one character or more. At most 62 starts agree, and
 * 62 ends with each, since a label has 63 characters.
 */
export function findLabels<T> (index: LabelIndex<T>, label: string): readonly T[] {
  const found: T[] = []
  for (const startLength of index.lengths) {
    if (startLength >= label.length) break
    const ends = textAt(index, label, 0, startLength)
    if (ends === undefined) continue
    for (const endLength of ends.lengths) {
      const endsAt = label.length - endLength
      if (endsAt <= startLength) break
      const middle = textAt(ends, label, endsAt, endLength)
      if (middle !== undefined) collect(middle, label.slice(startLength, endsAt), found)
    }
  }
  return found
}

/**
 * `rest` is what the stars and middles from here on have to share. Only the leftmost place of a middle
 * counts: it leaves the most to the others.
 */
function collect<T> ({ target, next }: Middle<T>, rest: string, found: T[]): void {
  if (target !== undefined) found.push(target)
  if (next === undefined) return
  const seen = new Set<Middle<T>>()
  for (let from = 1; from < rest.length; from++) {
    for (const length of next.lengths) {
      if (from + length >= rest.length) break
      const middle = textAt(next, rest, from, length)
      if (middle === undefined || seen.has(middle)) continue
      seen.add(middle)
      collect(middle, rest.slice(from + length), found)
    }
  }
}

function textAt<V> ({ empty, byText }: Texts<V>, text: string, from: number, length: number): V | undefined {
  return length === 0 ? empty : byText?.get(text.slice(from, from + length))
}

function getOrAddText<V> (texts: Texts<V>, text: string, make: () => V): V {
  const known = textAt(texts, text, 0, text.length)
  if (known !== undefined) return known
  const made = make()
  if (text === '') texts.empty = made
  else (texts.byText ??= new Map()).set(text, made)
  if (!texts.lengths.includes(text.length)) {
    texts.lengths = [...texts.lengths, text.length].sort((a, b) => a - b)
  }
  return made
}

function createTexts<V> (): Texts<V> {
  return { lengths: NO_LENGTHS, empty: undefined, byText: undefined }
}

function createMiddle<T> (): Middle<T> {
  return { target: undefined, next: undefined }
}
