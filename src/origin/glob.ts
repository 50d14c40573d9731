/**
 * Whether the whole `text` has the shape of `pattern`, where an element `*` of the pattern stands for one or
 * more elements of the text and every other element must agree by `agrees`. Works on strings (elements are
 * characters) and on lists of labels alike.
 *
 * Only the last `*` is ever widened: an earlier one need not be, since the text between two of them was found
 * at its leftmost place. So the work is at most |pattern| x |text| steps, whatever the pattern; a RegExp made
 * from configuration gives no such promise.
 */
export function matchGlob (
  pattern: ArrayLike<string>, text: ArrayLike<string>, agrees: (expected: string, actual: string) => boolean
): boolean {
  let inPattern = 0
  let lastStar = -1
  let starEnd = 0 // the `*` at lastStar holds the elements of the text before this index
  let inText = 0
  for (let actual = text[0]; actual !== undefined; actual = text[inText]) {
    const expected = pattern[inPattern]
    if (expected === '*') {
      lastStar = inPattern++
      starEnd = ++inText
    } else if (expected !== undefined && agrees(expected, actual)) {
      inPattern++
      inText++
    } else if (lastStar !== -1) {
      inPattern = lastStar + 1
      inText = ++starEnd
    } else {
      return false
    }
  }
  return inPattern === pattern.length
}
