type Kind = 'value' | 'open' | 'close' | 'comma' | 'colon'

/** A string, a word, a number or a mark, after white space. RFC 8259 sections 2, 6 and 7. */
// eslint-disable-next-line no-control-regex -- JSON allows none within a string
const TOKEN = /[ \t\n\r]*("(?:[^"\\\x00-\x1f]|\\.)*"|true|false|null|-?\d[\d.eE+-]*|[[\]{},:])/y

const MARKS: Readonly<Record<string, Kind>> = {
  '[': 'open', '{': 'open', ']': 'close', '}': 'close', ',': 'comma', ':': 'colon'
}

/** What may stand before each kind; undefined is the beginning. */
const BEFORE: Readonly<Record<Kind, ReadonlyArray<Kind | undefined>>> = {
  value: [undefined, 'open', 'comma', 'colon'],
  open: [undefined, 'open', 'comma', 'colon'],
  close: ['value', 'open', 'close'],
  comma: ['value', 'close'],
  colon: ['value']
}

/**
 * The line (1 is the first) where a text that JSON.parse refuses stops being JSON; the last one when its end
 * is missing or closes with the wrong bracket. JSON.parse itself tells a position for some faults only.
 * Undefined when the first `maxTokens` tokens hold no fault.
 */
export function findJsonFaultLine (text: string, maxTokens: number): number | undefined {
  const token = new RegExp(TOKEN)
  let end = 0
  let count = 0
  let last: Kind | undefined
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const kind = MARKS[String(found[1])] ?? 'value'
    if (!BEFORE[kind].includes(last)) break
    if (++count > maxTokens) return undefined
    last = kind
    end = token.lastIndex
  }
  const rest = text.slice(end).trimStart()
  const before = rest === '' ? text.trimEnd() : text.slice(0, text.length - rest.length)
  return before.split('\n').length
}

const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_BRACE, CLOSE_BRACE] = Array.from('"\\[]{}', mark => mark.charCodeAt(0))

/** Whether more than `depth` brackets and braces are open at once, outside strings. Linear in any text. */
export function isNestedDeeper (text: string, depth: number): boolean {
  let open = 0
  let isString = false
  for (let index = 0; index < text.length; index++) {
    const mark = text.charCodeAt(index)
    if (mark === QUOTE) isString = !isString
    else if (isString) {
      if (mark === BACKSLASH) index++ // the next character does not end the string
    } else if (mark === OPEN || mark === OPEN_BRACE) {
      if (++open > depth) return true
    } else if (mark === CLOSE || mark === CLOSE_BRACE) open--
  }
  return false
}
