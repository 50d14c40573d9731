/**
 * The candidate that `text` most likely meant, or undefined. At most two edits away (one for names up to five
 * letters, where two edits turn PATH into PORT), or `most`; letter case and `-` for `_` cost nothing.
 */
export function nearest (text: string, candidates: readonly string[], most = 2): string | undefined {
  const wanted = fold(text)
  return candidates
    .map(candidate => ({ candidate, edits: countEdits(wanted, fold(candidate)) }))
    .filter(({ candidate, edits }) => edits <= Math.min(most, candidate.length > 5 ? 2 : 1))
    .sort((a, b) => a.edits - b.edits)[0]?.candidate
}

const fold = (text: string) => text.toUpperCase().replaceAll('-', '_')

/** Damerau-Levenshtein distance (optimal string alignment): a swap of neighbours is one edit. */
function countEdits (from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current.push(Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Infinity
      ))
    }
    beforeLast = last
    last = current
  }
  return at(last, to.length)
}

/* c8 ignore next -- every cell asked for is inside the table; the type cannot say so */
const at = (row: readonly number[], column: number) => row[column] ?? Infinity
