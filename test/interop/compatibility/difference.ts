const TITLES = '| Feature | '

/**
 * The columns whose titles alone tell two pages apart, `old -> new`; `undefined` when the pages are equal or
 * differ elsewhere, too.
 */
export function otherVersions (page: string, made: string): string[] | undefined {
  const [before, after] = [page.split('\n'), made.split('\n')]
  const different = before.flatMap((line, i) => line === after[i] ? [] : [[line, after[i] ?? ''] as const])
  const isTitles = different.every(pair => pair.every(line => line.startsWith(TITLES)))
  if (before.length !== after.length || different.length === 0 || !isTitles) return undefined
  return [...new Set(different.flatMap(([old, made]) => pairs(cellsOf(old), cellsOf(made))))]
}

function cellsOf (line: string): string[] {
  return line.split(' | ').map(cell => cell.replace(/ \|$/, ''))
}

function pairs (before: string[], after: string[]): string[] {
  return before.flatMap((cell, i) => cell === after[i] ? [] : [`${cell} -> ${after[i]}`])
}
