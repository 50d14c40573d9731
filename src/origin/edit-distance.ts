/**
 * How many edits turn `from` into `to` (a character more, less, another, or two neighbours swapped), or
 * undefined when it takes more than `limit`. The work is bounded by length x limit, and unlike texts end it
 * at once: it may be asked for every entry of a long list.
 */
export function editDistance (from: string, to: string, limit: number): number | undefined {
  if (Math.abs(from.length - to.length) > limit) return undefined
  const start = commonStart(from, to)
  const end = commonStart(reverse(from.slice(start)), reverse(to.slice(start)))
  return alignedDistance(from.slice(start, from.length - end), to.slice(start, to.length - end), limit)
}

function alignedDistance (from: string, to: string, limit: number): number | undefined {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = nextRow(from, to, row, [beforeLast, last], limit)
    if (current.every(edits => edits > limit)) return undefined
    beforeLast = last
    last = current
  }
  const edits = at(last, to.length)
  return edits <= limit ? edits : undefined
}

/** A row of the table of optimal string alignment; cells beyond `limit` from the diagonal stay empty. */
function nextRow (
  from: string, to: string, row: number, [beforeLast, last]: readonly [number[], number[]], limit: number
): number[] {
  const current: number[] = []
  if (row <= limit) current[0] = row
  for (let column = Math.max(1, row - limit); column <= Math.min(to.length, row + limit); column++) {
    const isSame = from[row - 1] === to[column - 1]
    const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
    current[column] = Math.min(
      at(last, column) + 1,
      at(current, column - 1) + 1,
      at(last, column - 1) + (isSame ? 0 : 1),
      isSwapped ? at(beforeLast, column - 2) + 1 : Infinity
    )
  }
  return current
}

/** A cell that was left empty is too far away. */
const at = (row: readonly number[], column: number): number => row[column] ?? Infinity

function commonStart (some: string, other: string): number {
  const shorter = Math.min(some.length, other.length)
  let length = 0
  while (length < shorter && some[length] === other[length]) length++
  return length
}

const reverse = (text: string): string => [...text].reverse().join('')
