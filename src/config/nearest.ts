import { editDistance } from '../origin/edit-distance.js'

/**
 * The candidate that `text` most likely meant, or undefined. At most two edits away (one for names up to five
 * letters, where two edits turn PATH into PORT), or `most`; letter case and `-` for `_` cost nothing.
 */
export function nearest (text: string, candidates: readonly string[], most = 2): string | undefined {
  const wanted = fold(text)
  return candidates
    .flatMap(candidate => {
      const edits = editDistance(wanted, fold(candidate), Math.min(most, candidate.length > 5 ? 2 : 1))
      return edits === undefined ? [] : [{ candidate, edits }]
    })
    .sort((a, b) => a.edits - b.edits)[0]?.candidate
}

const fold = (text: string) => text.toUpperCase().replaceAll('-', '_')
